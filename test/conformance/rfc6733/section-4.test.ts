/** RFC 6733 section 4, the AVP header, where no other test shows it. */
import * as digest from "@diamgen/sdk/digest";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, test } from "vitest";
import {
  type DataFormat,
  enumerated,
  float32,
  float64,
  integer32,
  integer64,
  octetString,
  time,
  unsigned32,
  unsigned64,
} from "../../../runtime/src/codec/data/index.js";
import { decodeMessage, encodeMessage } from "../../../runtime/src/codec/message.js";
import { defineAvp } from "../../../runtime/src/codegen/define.js";
import { Avp, Header, RawMessage } from "../../../runtime/src/index.js";
import { type DissectedAvp, dissect, dissectAvps, findAvp } from "../../support/dissect.js";
import { createWorld, memoryPeer } from "../../support/nodes.js";
import { answerTo, meetRawPeers, textAvp } from "../../support/raw-peers.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const REQUEST = sip.multimediaAuth.request;
const FILL = { sessionId: "a.test;1;1", originHost: "a.test", originRealm: "test" };
/** Vendor-Specific-Application-Id, Failed-AVP, SIP-Auth-Data-Item, SIP-Authorization: the groups in the messages below. */
const GROUPS = [260, 279, 376, 380];

function allAvps(avps: readonly DissectedAvp[]): DissectedAvp[] {
  return avps.flatMap((avp) => (GROUPS.includes(avp.code) ? [avp, ...allAvps(dissectAvps(avp.data))] : [avp]));
}

function multimediaAuthRequest(): Uint8Array {
  const message = REQUEST.create(
    {
      authSessionState: 1,
      destinationRealm: "test",
      sipAor: "sip:alice@test",
      sipMethod: "REGISTER",
      sipAuthDataItem: {
        sipAuthenticationScheme: 0,
        sipAuthorization: {
          digestUsername: "alice",
          digestRealm: "test",
          digestNonce: "nonce",
          digestUri: "sip:test",
          digestResponse: "0".repeat(32),
        },
      },
      avps: [digest.DigestUsername.of("alice")],
    },
    FILL,
  );
  message.header = new Header(0xc0, 286, 6, 1, 2);
  return encodeMessage(REQUEST, message);
}

describe("4.1 AVP Header", () => {
  test("reserved bits and P are zero in all AVPs that we write, in groups too", async () => {
    const vendorSpecific = { ...tinyApplication, id: 16_777_997, vendorId: 10_415 };
    await using met = await meetRawPeers(["one"], { applications: [tinyApplication, vendorSpecific] });
    met.node.request(tiny, { destinationRealm: "test", userName: "alice" }).catch(() => {});
    const request = await met.peers.one.nextOf(tiny.code, "request");
    // An unknown AVP with the M bit in what it serves: a Failed-AVP of ours around it.
    met.node.handle(tiny, (_request, context) => context.error(5012));
    const { avps } = dissect(request);
    const unknown = new Avp(9_999, 10_415, 0xc0, new Uint8Array(4));
    const asked = RawMessage.of(new Header(0xc0, tiny.code, tinyApplication.id, 1, 2), [...avps, unknown]);
    const answer = await met.peers.one.exchange(asked.bytes);
    const messages = [met.cers.one, request, answer, multimediaAuthRequest()].map(dissect);
    const found = messages.flatMap((message) => allAvps(message.avps));
    expect(GROUPS.every((code) => found.some((avp) => avp.code === code))).toBe(true);
    expect(found.length).toBeGreaterThan(30);
    expect(found.filter(({ flags }) => (flags & 0x3f) !== 0)).toEqual([]);
  });

  test("reserved bits of an AVP that is received are ignored, in groups too", () => {
    const bytes = multimediaAuthRequest();
    const sound = decodeMessage(REQUEST, RawMessage.from(bytes.slice()), sip.application.avps);
    let set = 0;
    const mark = (from: number, to: number): void => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let at = from; at < to; ) {
        const length = view.getUint32(at + 4) & 0xffffff;
        bytes[at + 4] = (bytes[at + 4] as number) | 0x1f;
        set++;
        if (GROUPS.includes(view.getUint32(at))) mark(at + 8, at + length);
        at += (length + 3) & ~3;
      }
    };
    mark(20, bytes.length);
    expect(set).toBeGreaterThan(12);
    const marked = decodeMessage(REQUEST, RawMessage.from(bytes), sip.application.avps);
    expect(sound.ok && marked.ok).toBe(true);
    expect(marked.message).toMatchObject({
      sipAor: "sip:alice@test",
      sipAuthDataItem: { sipAuthenticationScheme: 0 },
    });
  });

  test("a relay passes on a request with unknown AVPs that have the M bit", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      originRealm: "far",
      accept: "any",
      listen: [{ host: "server", port: 3868, transport: "memory" }],
    });
    let received: readonly Avp[] = [];
    server.handle(tiny, (_request, context) => context.error(5012), {
      invalid: (_invalid, context) => {
        received = [...context.raw.avps()];
        return context.error(5001);
      },
    });
    await server.start();
    const relay = world.node("relay", {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "relay", port: 3868, transport: "memory" }],
      peers: [{ ...memoryPeer("server"), realms: ["far"] }],
    });
    await relay.start();
    const client = await world.client("client", ["relay"], { originRealm: "near" });
    const unknown = new Avp(9_999, 10_415, 0xc0, Uint8Array.of(1, 2, 3));
    const answer = await client.send(
      RawMessage.of(new Header(0xc0, tiny.code, tinyApplication.id, 0, 7), [
        textAvp(263, "client.test;1;1"),
        textAvp(264, "client.test"),
        textAvp(296, "near"),
        textAvp(283, "far"),
        textAvp(1, "alice"),
        unknown,
      ]),
    );
    expect(received).toContainEqual(unknown);
    // The server's refusal, not the relay's.
    expect(answer.avp(264)?.data).toEqual(textAvp(264, "server.test").data.subarray());
    expect(answer.avp(268)?.data.at(-1)).toBe(5001 & 0xff);
  });
});

describe("4.2 Basic AVP Data Formats", () => {
  // biome-ignore lint/suspicious/noExplicitAny: values of all formats
  test.each<[string, DataFormat<any>, unknown, number]>([
    ["OctetString", octetString, new Uint8Array(0), 8],
    ["Integer32", integer32, -1, 12],
    ["Integer64", integer64, -1n, 16],
    ["Unsigned32", unsigned32, 1, 12],
    ["Unsigned64", unsigned64, 1n, 16],
    ["Float32", float32, 1.5, 12],
    ["Float64", float64, 1.5, 16],
    ["Enumerated", enumerated, 1, 12],
    ["Time", time, new Date(0), 12],
  ])("%s: AVP Length is right, and four more with the V bit", (_name, format, value, length) => {
    const plain = defineAvp("Plain", 4_711, 0, 0x40, format);
    const vendor = defineAvp("OfVendor", 4_711, 10_415, 0xc0, format);
    const { avps } = dissect(RawMessage.of(new Header(0x80, 1, 0, 0, 0), [plain.of(value), vendor.of(value)]).bytes);
    expect(avps.map((avp) => [avp.vendorId, avp.length])).toEqual([
      [0, length],
      [10_415, length + 4],
    ]);
    expect(vendor.find({ avps: [vendor.of(value)] })).toStrictEqual(value);
  });

  test("an OctetString of each length is padded with zeros to a multiple of four, which AVP Length does not count", () => {
    for (let length = 0; length < 9; length++) {
      const avp = new Avp(25, 0, 0x40, new Uint8Array(length).fill(0xff));
      const { bytes } = RawMessage.of(new Header(0x80, 1, 0, 0, 0), [avp, textAvp(1, "next")]);
      const { avps } = dissect(bytes);
      expect(avps.map((each) => each.length)).toEqual([8 + length, 12]);
      expect(bytes.length).toBe(20 + 8 + Math.ceil(length / 4) * 4 + 12);
      expect([...bytes.subarray(28 + length, 28 + Math.ceil(length / 4) * 4)].every((octet) => octet === 0)).toBe(true);
    }
  });

  test("answers of a raw peer are read whatever their padding holds", async () => {
    await using met = await meetRawPeers(["one"]);
    const answer = met.node.request(tiny, { destinationRealm: "test", userName: "alice" });
    const request = await met.peers.one.nextOf(tiny.code, "request");
    const bytes = answerTo(request, 2001);
    // User-Name "raw" is the last AVP: its one octet of padding.
    expect(findAvp(dissect(bytes), 1)?.length).toBe(11);
    bytes[bytes.length - 1] = 0xff;
    met.peers.one.send(bytes);
    expect(await answer).toMatchObject({ userName: "raw" });
  });
});
