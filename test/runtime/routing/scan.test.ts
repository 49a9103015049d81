/** The AVPs that a request is routed by: RFC 6733 sections 6.1 and 6.7. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Avp } from "../../../runtime/src/codec/avp.js";
import { Header } from "../../../runtime/src/codec/header.js";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import { OwnIdentity, type RoutingAvps, scanRequest } from "../../../runtime/src/routing/scan.js";
import { bytesOf, golden } from "../../support/golden.js";

const fresh = (): RoutingAvps => ({
  destinationHost: 0,
  destinationRealm: 0,
  hasProxyInfo: true,
  looped: true,
});
const text = (code: number, value: string, vendorId = 0) =>
  new Avp(code, vendorId, vendorId === 0 ? 0x40 : 0xc0, Buffer.from(value));
const scan = (avps: Avp[]) => {
  const raw = RawMessage.of(new Header(0x80, 1, 1, 1, 1), avps);
  const found = fresh();
  scanRequest(raw, new OwnIdentity("us.Test"), found);
  return { raw, found };
};

test("destination, Proxy-Info and our own name among the Route-Records, in one walk", () => {
  const { raw, found } = scan([
    text(263, "s"),
    text(282, "them.test"),
    text(283, "test"),
    text(284, ""),
    text(293, "US.test"),
    text(282, "us.TEST"),
  ]);
  expect(found).toEqual({
    destinationHost: raw.find(293),
    destinationRealm: raw.find(283),
    hasProxyInfo: true,
    looped: true,
  });
  expect(new OwnIdentity("us.test").is(raw, found.destinationHost)).toBe(true);
  expect(new OwnIdentity("us.test.").is(raw, found.destinationHost)).toBe(false);
});

test("AVPs of vendors with the same codes are others", () => {
  expect(scan([text(293, "us.test", 9), text(282, "us.test", 9)]).found).toMatchObject({
    destinationHost: -1,
    looped: false,
  });
});

test('only letters are without case: "{" is no "["', () => {
  const { raw, found } = scan([text(293, "[@")]);
  expect(new OwnIdentity("{`").is(raw, found.destinationHost)).toBe(false);
});

test("the MAR of OpenSIPS has a realm, no host, and a Route-Record that is not ours", () => {
  const raw = RawMessage.from(bytesOf(golden("opensips-3.2-auth", 3)));
  const found = fresh();
  scanRequest(raw, new OwnIdentity("server.diameter.test"), found);
  expect(found).toMatchObject({
    destinationHost: -1,
    destinationRealm: raw.find(283),
    looped: false,
    hasProxyInfo: false,
  });
});

test("whatever the octets, it ends", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (body) => {
      const bytes = new Uint8Array(20 + ((body.length + 3) & ~3));
      bytes.set(body, 20);
      scanRequest(RawMessage.from(bytes), new OwnIdentity("us"), fresh());
    }),
  );
});
