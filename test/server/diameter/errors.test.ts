/** Requests that are wrong, over a raw socket: Result-Code, Failed-AVP and header of the answer, after RFC 6733 sections 6.2 and 7. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DissectedAvp,
  type DissectedMessage,
  dissect,
  dissectAvps,
  findAvp,
  resultCode,
} from "../../support/dissect.js";
import { golden } from "../../support/golden.js";
import { RawClient } from "../../support/raw-client.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tshark, tsharkRequirements } from "../../support/tshark.js";
import { avp, changed, group, MANDATORY, type MessageParts, replaced, VENDOR, without } from "./compose.js";
import {
  cerOf,
  connectAs,
  isAnswerMessage,
  peersGone,
  Recorder,
  type RunningServer,
  SERVER,
  startServer,
} from "./support.js";

const REGISTER = golden("opensips-3.2-auth", 9).hex;
const RECORD = golden("opensips-3.2-acct", 11).hex;

const recorder = new Recorder();
/** Answers whose Failed-AVP has, as it came, what tshark calls malformed. */
const echoes = new Recorder();
let running: RunningServer;

beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running[Symbol.asyncDispose]());

type Change = Parameters<typeof changed>[1];

/** Sends it, checks what all answers have in common, and sees that the connection still serves. */
async function ask(request: Buffer, echo = false): Promise<DissectedMessage> {
  await peersGone(running.server.node);
  await using client = await connectAs(running.port, new Recorder());
  (echo ? echoes : recorder).record(client);
  client.send(request);
  const answer = dissect(await client.next());
  expect(answer).toMatchObject({
    version: 1,
    code: request.readUIntBE(5, 3),
    applicationId: request.readUInt32BE(8),
    hopByHop: request.readUInt32BE(12),
    endToEnd: request.readUInt32BE(16),
    request: false,
    proxiable: (request.readUInt8(4) & 0x40) !== 0, // section 6.2: as in the request
    error: isAnswerMessage(answer),
    retransmitted: false,
  });
  expect(findAvp(answer, 264)?.data.toString()).toBe(SERVER.originHost);
  expect(findAvp(answer, 296)?.data.toString()).toBe(SERVER.originRealm);
  expect(resultCode(dissect(await client.exchange(REGISTER)))).toBe(2006);
  return answer;
}

const failedAvps = (answer: DissectedMessage): readonly DissectedAvp[] =>
  answer.avps.filter(({ code }) => code === 279).flatMap(({ data }) => dissectAvps(data));

const header = (fields: Partial<Omit<MessageParts, "avps">>): Change => fields;
const avps = (change: NonNullable<Change["avps"]>): Change => ({ avps: change });

describe("protocol errors have the E bit (RFC 6733 section 7.1.3)", () => {
  test.each<readonly [string, number, Change]>([
    ["an unknown command", 3001, header({ code: 999 })],
    ["an unknown command without P bit", 3001, header({ code: 999, flags: 0x80 })],
    ["a command of RFC 4740 that we do not serve", 3001, header({ code: 287 })],
    ["a command of the base protocol without peer state machine", 3001, header({ code: 275, applicationId: 0 })],
    ["another Destination-Host", 3002, avps((list) => [...list, avp(293, "other.diameter.test")])],
    ["another Destination-Realm", 3003, avps((list) => replaced(list, { 283: "other.test" }))],
    ["our name in Route-Record", 3005, avps((list) => [...list, avp(282, SERVER.originHost)])],
    ["an unknown application", 3007, header({ applicationId: 16777216 })],
    ["the E bit in a request", 3008, header({ flags: 0xe0 })],
  ])("%s: %i, %j", async (_title, code, change) => {
    const answer = await ask(changed(REGISTER, change));
    expect(resultCode(answer)).toBe(code);
    expect(findAvp(answer, 263)).toEqual(findAvp(dissect(Buffer.from(REGISTER, "hex")), 263));
    expect(failedAvps(answer)).toEqual([]);
  });

  test("our own name and realm are us, in whatever case", async () => {
    const request = changed(REGISTER, {
      avps: (list) => [...replaced(list, { 283: "DIAMETER.test" }), avp(293, "SERVER.Diameter.test")],
    });
    expect(resultCode(await ask(request))).toBe(2006);
  });
});

describe("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5)", () => {
  const unknown = avp(60_000, "?");
  const ofVendor = avp(60_000, "?", MANDATORY | VENDOR, 10_415);
  const nested = avp(104, Buffer.of(0xff, 0xfe)); // Digest-Realm, no UTF-8

  test.each<readonly [string, string, number, NonNullable<Change["avps"]>, Partial<DissectedAvp>]>([
    ["an unknown AVP with M", REGISTER, 5001, (list) => [...list, unknown], unknown],
    ["the same of a vendor", REGISTER, 5001, (list) => [...list, ofVendor], ofVendor],
    ["an unknown AVP with M in a record", RECORD, 5001, (list) => [...list, unknown], unknown],
    ["User-Name that is no UTF-8", REGISTER, 5004, (list) => replaced(list, { 1: Buffer.of(0xff) }), { code: 1 }],
    ["no SIP-AOR", REGISTER, 5005, (list) => without(list, 122), { code: 122, flags: MANDATORY }],
    ["no Auth-Session-State", REGISTER, 5005, (list) => without(list, 277), { code: 277, data: Buffer.alloc(4) }],
    ["no Accounting-Record-Type", RECORD, 5005, (list) => without(list, 480), { code: 480, data: Buffer.alloc(4) }],
    ["no Session-Id", REGISTER, 5005, (list) => without(list, 263), { code: 263 }],
    ["no Origin-Host", RECORD, 5005, (list) => without(list, 264), { code: 264 }],
    ["two Destination-Realms", REGISTER, 5009, (list) => [...list, avp(283, "diameter.test")], { code: 283 }],
  ])("%s", async (_title, request, code, change, failed) => {
    const answer = await ask(changed(request, { avps: change }));
    expect(resultCode(answer)).toBe(code);
    expect(failedAvps(answer)).toMatchObject([failed]);
    expect(findAvp(answer, 281)?.flags).toBe(0); // Error-Message, for people
  });

  test("within groups, with the groups around it", async () => {
    // SIP-Auth-Data-Item { SIP-Authentication-Scheme, SIP-Authorization { Digest-Realm } }
    const item = group(376, [avp(377, 0), group(380, [avp(115, "alice"), nested])]);
    const answer = await ask(changed(REGISTER, { avps: (list) => [...list, item] }));
    expect(resultCode(answer)).toBe(5004);
    expect(failedAvps(answer)).toMatchObject([group(376, [group(380, [nested])])]);
  });

  test("an Unsigned32 of five octets comes back as it was", async () => {
    const offending = avp(485, Buffer.of(0, 0, 0, 0, 1));
    const answer = await ask(changed(RECORD, { avps: (list) => [...without(list, 485), offending] }), true);
    expect(resultCode(answer)).toBe(5014);
    expect(failedAvps(answer)).toEqual([offending]);
  });

  test("only the first error is told", async () => {
    const answer = await ask(changed(REGISTER, { avps: (list) => [unknown, ...without(list, 122, 277)] }));
    expect(failedAvps(answer)).toHaveLength(1);
  });

  test.each([
    ["passes the end", 400],
    ["is less than its header", 7],
  ])("an AVP Length that %s: 5014, header and zeros", async (_title, length) => {
    const request = changed(REGISTER, { avps: (list) => [...list, avp(485, 0)] });
    request.writeUIntBE(length, request.length - 12 + 5, 3);
    const answer = await ask(request);
    expect(resultCode(answer)).toBe(5014);
    expect(failedAvps(answer)).toMatchObject([{ code: 485 }]);
  });
});

describe("Proxy-Info comes back as it was, in its order (RFC 6733 section 6.2)", () => {
  const proxyInfo = ["a.diameter.test", "b.diameter.test"].map((host) =>
    group(284, [avp(280, host), avp(33, Buffer.of(0, 1, 0xff)), avp(60_000, "further", 0)]),
  );

  test.each<readonly [string, string, number, Change]>([
    ["success", REGISTER, 2006, {}],
    ["a record", RECORD, 2001, {}],
    ["a refused digest", REGISTER, 4001, avps((list) => replaced(list, { 103: "0".repeat(32) }))],
    ["an AVP that is missing", REGISTER, 5005, avps((list) => without(list, 122))],
    ["an unknown command", REGISTER, 3001, header({ code: 999 })],
  ])("%s", async (_title, request, code, change) => {
    const answer = await ask(changed(changed(request, change), { avps: (list) => [...list, ...proxyInfo] }));
    expect(resultCode(answer)).toBe(code);
    expect(answer.avps.filter((each) => each.code === 284)).toEqual(proxyInfo);
  });
});

describe("capabilities exchange (RFC 6733 section 5.3)", () => {
  const CER = cerOf("opensips-3.2-auth");

  async function cea(request: Buffer): Promise<DissectedMessage> {
    await peersGone(running.server.node);
    await using client = recorder.record(await RawClient.connect(running.port));
    client.send(request);
    const answer = dissect(await client.next());
    expect(answer).toMatchObject({ code: 257, request: false });
    await client.waitClosed();
    return answer;
  }

  test("nothing in common: 5010", async () => {
    const answer = await cea(changed(CER, { avps: (list) => [...without(list, 258, 259), avp(258, 4)] }));
    expect(resultCode(answer)).toBe(5010);
  });

  test("no Origin-Host: 5005", async () => {
    const answer = await cea(changed(CER, { avps: (list) => without(list, 264) }));
    expect(resultCode(answer)).toBe(5005);
    expect(failedAvps(answer)).toMatchObject([{ code: 264 }]);
  });

  test("a request before the CER closes the connection without a word (section 5.6.1)", async () => {
    await using client = recorder.record(await RawClient.connect(running.port));
    client.send(REGISTER);
    await client.waitClosed();
    await expect(client.next()).rejects.toThrow("no further message");
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages, [
      // What nobody knows, here or there: AVP 60000 in Failed-AVP, and command 999.
      /^Unknown AVP 60000 /,
      /^Unknown command/,
      // Failed-AVP with a string that is missing: "of correct minimum length", RFC 6733 section 7.1.5, which is 0.
      /^Data is empty/,
    ]);
    expect(messages.length).toBeGreaterThan(50);
    const [malformed, ...rest] = await tshark(echoes.messages.map((bytes) => ({ bytes })));
    expect(malformed?.complaints.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Bad Unsigned32 Length \(5\)/),
      expect.stringMatching(/^Malformed Packet/),
    ]);
    expect(rest.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});
