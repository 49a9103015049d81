/**
 * The 38 request/answer pairs of freeDiameter 1.2.1 with app_opensips (see opensips.md, section 2), and one request that it
 * did not answer: what ours says to the same octets, and why where it says something else.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { type DissectedMessage, dissect, dissectAvps, findAvp, resultCode } from "../../support/dissect.js";
import { answerTo, bytesOf, type CaptureName, capture, golden } from "../../support/golden.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { connectAs, content, peersGone, Recorder, type RunningServer, startServer } from "./support.js";

const NAME: CaptureName = "freediameter-app_opensips-error-answers";

/** The same AVPs, flags and data included, in whatever order. */
const SAME = { as: "theirs" } as const;
/** The same Result-Code and AVP in Failed-AVP, worded otherwise: these are of freeDiameter itself, not of app_opensips. */
const SAME_FAILURE = { as: "failure" } as const;
/** Another Result-Code. */
const ours = (code: number, because: string) => ({ code, because });

type Expected = typeof SAME | typeof SAME_FAILURE | ReturnType<typeof ours>;

const HEX_CASE = "RFC 7616 3.4 writes the response in lower case; the value is right, and other servers take it too";
const QOP = "RFC 7616 3.4.1: response with qop; app_opensips computes without it, so that no such client could log in";
const NESTED = "RFC 4740 9.5 and 9.5.3: that is where the digest belongs; app_opensips looks at the top level only";
const LONG = "RFC 4740 8.8: a name that nobody has is unknown; app_opensips' buffer for SQL is too short for it";
const REALM = "RFC 6733 7.1.3: the realm is not served here; 3002 is for a host, or a realm, that is known";
const APPLICATION =
  "RFC 6733 7.1.3: 3007 is for an application that is not supported; freeDiameter looks for another peer";
const COMMAND = "RFC 6733 7.1.3: application 3 is served here, this command of it is not";
const LENGTH =
  "RFC 6733 7.1.5: answered, with Failed-AVP; freeDiameter closes the connection, with all that is in flight";

/** By number of the request's message in the capture. */
const pairs: readonly (readonly [number, string, Expected])[] = [
  [3, "right response", SAME],
  [11, "wrong response", SAME],
  [13, "right response in upper case", ours(2006, HEX_CASE)],
  [15, "no such subscriber", SAME],
  [17, "User-Name is not Digest-Username", SAME],
  [19, "no Digest-Username", SAME],
  [21, "no Digest-Realm", SAME],
  [23, "no Digest-Nonce", SAME],
  [25, "no Digest-URI", SAME],
  [27, "no Digest-Method", SAME],
  [29, "no Digest-Response", SAME],
  [31, "no User-Name", SAME],
  [33, "no Acct-Session-Id", SAME],
  [35, "qop=auth", ours(2006, QOP)],
  [37, "unknown AVP with M", SAME_FAILURE],
  [39, "unknown AVP without M", SAME],
  [41, "a name of 198 characters", ours(5032, LONG)],
  [43, "no SIP-AOR", SAME_FAILURE],
  [45, "no Auth-Session-State", SAME_FAILURE],
  [47, "no Session-Id", SAME_FAILURE],
  [49, "another Destination-Realm", ours(3003, REALM)],
  [51, "the digest in SIP-Auth-Data-Item", ours(2006, NESTED)],
  [53, "a name with SQL in it", SAME],
  [55, "EVENT_RECORD", SAME],
  [57, "START_RECORD", SAME],
  [59, "STOP_RECORD", SAME],
  [61, "Accounting-Record-Type 9", SAME],
  [63, "no Accounting-Record-Type", SAME_FAILURE],
  [65, "no Accounting-Record-Number", SAME_FAILURE],
  [67, "a record", SAME],
  [69, "another record under its Session-Id and number, with T", SAME],
  [71, "a record with custom AVPs", SAME],
  [73, "a record with an unknown AVP with M", SAME_FAILURE],
  [75, "a record with comma, quote and line break", SAME],
  [77, "application 4", ours(3007, APPLICATION)],
  [79, "command 999 of application 6", ours(3001, "")],
  [81, "Multimedia-Auth in application 3", ours(3001, COMMAND)],
];

const recorder = new Recorder();
let running: RunningServer;

beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running[Symbol.asyncDispose]());

async function ask(number: number): Promise<DissectedMessage> {
  await peersGone(running.server.node);
  await using client = await connectAs(running.port, recorder, NAME);
  const request = golden(NAME, number);
  client.send(request.hex);
  const answer = dissect(await client.next());
  const { code, applicationId, hopByHop, endToEnd } = request;
  // RFC 6733 section 6.2: the identifiers and the P bit of the request; section 7.2: E for 3xxx, and for nothing else.
  const error = Math.floor((resultCode(answer) ?? 0) / 1000) === 3;
  expect(answer).toMatchObject({ code, applicationId, hopByHop, endToEnd, error, request: false, proxiable: true });
  const sessionId = request.avps.find((avp) => avp.code === 263)?.value.slice(1, -1); // in quotes
  expect(findAvp(answer, 263)?.data.toString()).toBe(sessionId);
  return answer;
}

test("these are all pairs of the capture, CER and CEA apart", () => {
  const requests = capture(NAME).filter(({ from, flags }) => from === "client" && flags.startsWith("R"));
  const answered = requests.filter((request) => answerTo(NAME, request) !== undefined).map(({ number }) => number);
  expect([1, ...pairs.map(([number]) => number)]).toEqual(answered);
  expect(answered).toHaveLength(38);
});

test.each(pairs)("message %i: %s", async (number, _title, expected) => {
  const answer = await ask(number);
  const theirs = dissect(bytesOf(answerTo(NAME, golden(NAME, number)) as ReturnType<typeof golden>));
  if ("code" in expected) {
    expect(resultCode(answer)).toBe(expected.code);
    // Without a reason it is the same code, of freeDiameter itself.
    if (expected.because === "") expect(resultCode(theirs)).toBe(expected.code);
    else expect(resultCode(theirs)).not.toBe(expected.code);
    return;
  }
  expect(resultCode(answer)).toBe(resultCode(theirs));
  if (expected === SAME) expect(content(answer)).toEqual(content(theirs));
  else expect(failed(answer)).toEqual(failed(theirs));
});

test(`message 83: an AVP Length that passes the end is 5014: ${LENGTH}`, async () => {
  expect(answerTo(NAME, golden(NAME, 83))).toBeUndefined();
  const answer = await ask(83);
  expect(resultCode(answer)).toBe(5014);
  expect(failed(answer)).toEqual([1, 0]);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages, [
      // What is in Failed-AVP, and command 999, nobody knows.
      /^Unknown AVP 6000[01] /,
      /^Unknown command/,
      // Failed-AVP with a string that is missing: "of correct minimum length", RFC 6733 section 7.1.5, which is 0.
      /^Data is empty/,
    ]);
    expect(messages).toHaveLength(2 * (pairs.length + 1));
  });
});

/** Code and vendor of the AVP in Failed-AVP. freeDiameter sends its header and some zeros. */
function failed(answer: DissectedMessage): readonly number[] | undefined {
  const data = findAvp(answer, 279)?.data;
  if (data === undefined) return undefined;
  // What freeDiameter says is 9 octets long has 4 of padding.
  const [avp] = dissectAvps(data);
  return avp && [avp.code, avp.vendorId];
}
