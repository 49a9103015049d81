/** Requests that have broken Diameter implementations, or that RFC 6733 wants refused, made from a valid one. */
import { readHeader } from "../codec/header.js";
import { avpOctets, avpsIn, codeOf, concatenated, dataOf, nestedAvps, withAvps, withHeader } from "./octets.js";

/**
 * What is sent, and what RFC 6733 asks of a node that serves the command and has exchanged capabilities with the sender:
 *
 * - "served": as if nothing were; an error by the command's own rules is none of this table's business
 * - "refused": one answer with `resultCode`
 * - "refused and closed": the same, and the connection is closed, for its framing is lost
 * - "closed": the connection is closed; an answer to what could be read before may be lost
 * - "waits": nothing yet, for the message is not complete; the connection is closed after `limits.frameTimeoutMs`
 */
export interface HostileInput {
  readonly name: string;
  readonly octets: Uint8Array;
  readonly outcome: "served" | "refused" | "refused and closed" | "closed" | "waits";
  readonly resultCode?: number | undefined;
  /** The one AVP in Failed-AVP (RFC 6733 section 7.5), header and padding included, where the RFC leaves no choice. */
  readonly failedAvp?: Uint8Array | undefined;
}

const R = 0x80;
const E = 0x20;
const T = 0x10;

const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const ORIGIN_REALM = 296;
/** AVPs of RFC 6733 that are Unsigned32, and stand in most requests: Auth-, Acct-Application-Id, Origin-State-Id. */
const UNSIGNED32 = [258, 259, 278];

const ZEROS = new Uint8Array(4);
/** Nobody's: no dictionary has it. */
const STRANGER = 0xfffffff0;

/**
 * All of them, made from a sound request of your application. Those that change an AVP are there if the request has it: Session-Id, Origin-Host,
 * Origin-Realm; and, for what needs an Unsigned32, Auth-Application-Id, Acct-Application-Id or Origin-State-Id.
 *
 * ```ts
 * for (const { name, octets, outcome } of hostileRequests(request)) test(name, () => ...);
 * ```
 */
export function hostileRequests(request: Uint8Array): HostileInput[] {
  return [...ofFraming(request), ...ofHeader(request), ...ofAvpLengths(request), ...ofAvps(request)];
}

function ofFraming(request: Uint8Array): HostileInput[] {
  const { length } = request;
  const lost = (name: string, octets: Uint8Array, resultCode = 5015): HostileInput => ({
    name,
    octets,
    outcome: "refused and closed",
    resultCode,
  });
  return [
    lost("Message Length 0", withHeader(request, { length: 0 })),
    lost("Message Length 4", withHeader(request, { length: 4 })),
    lost("Message Length 19", withHeader(request, { length: 19 })),
    lost("Message Length that is no multiple of four", withHeader(request, { length: length + 1 })),
    lost("Message Length of 16 MiB", withHeader(request, { length: 0xfffffc })),
    {
      name: "Message Length beyond what follows",
      octets: withHeader(request, { length: length + 400 }),
      outcome: "waits",
    },
    {
      name: "Message Length below what follows",
      octets: concatenated([withHeader(request, { length: length - lastOf(request).length }), new Uint8Array(20)]),
      outcome: "closed",
    },
    lost("version 2", withHeader(request, { version: 2 }), 5011),
    lost("last padding left out", withoutLastPadding(request)),
  ];
}

function ofHeader(request: Uint8Array): HostileInput[] {
  const { flags } = readHeader(new DataView(request.buffer, request.byteOffset, request.length), 0);
  const refused = (name: string, octets: Uint8Array, resultCode: number): HostileInput => ({
    name,
    octets,
    outcome: "refused",
    resultCode,
  });
  return [
    refused("E bit in a request", withHeader(request, { flags: flags | R | E }), 3008),
    { name: "reserved bits in Command Flags", octets: withHeader(request, { flags: flags | 0x0f }), outcome: "served" },
    { name: "T bit", octets: withHeader(request, { flags: flags | T }), outcome: "served" },
    refused("unknown command", withHeader(request, { commandCode: 0xfffffe }), 3001),
    refused("unknown application", withHeader(request, { applicationId: 0xfffffffe }), 3007),
    refused("application of relays", withHeader(request, { applicationId: 0xffffffff }), 3007),
  ];
}

function ofAvpLengths(request: Uint8Array): HostileInput[] {
  const target = UNSIGNED32.find((code) => find(request, code) !== undefined);
  const inputs: HostileInput[] = [];
  const lie = (name: string, change: Parameters<typeof avpOctets>[2] & object, size = 4) => {
    if (target === undefined) return;
    const octets = replaced(request, target, avpOctets(target, new Uint8Array(size), change));
    const vendor = ((change.flags ?? 0) & 0x80) !== 0;
    // Header, and zeros for the least data; section 7.1.5. Bounds that are sound leave the AVP as it came.
    const failedAvp =
      change.length === undefined
        ? avpOctets(target, new Uint8Array(size))
        : vendor
          ? undefined
          : avpOctets(target, ZEROS);
    inputs.push({ name, octets, outcome: "refused", resultCode: 5014, failedAvp });
  };
  lie("AVP Length 0", { length: 0 });
  lie("AVP Length 7", { length: 7 });
  lie("AVP Length 8 with the V bit", { length: 8, flags: 0xc0 });
  lie("AVP Length 11 with the V bit", { length: 11, flags: 0xc0 });
  lie("AVP Length beyond the message", { length: 0xfffffc });
  lie("Unsigned32 of three octets", {}, 3);
  lie("Unsigned32 of five octets", {}, 5);
  lie("Unsigned32 without data", {}, 0);
  const four = Uint8Array.of(0xff, 0xff, 0xff, 0xf0);
  inputs.push({
    name: "four octets behind the last AVP",
    octets: withAvps(request, (avps) => [...avps, four]),
    outcome: "refused",
    resultCode: 5014,
    failedAvp: avpOctets(STRANGER, new Uint8Array(0), { flags: 0 }),
  });
  return inputs;
}

function ofAvps(request: Uint8Array): HostileInput[] {
  const added = (...avps: Uint8Array[]) => withAvps(request, (before) => [...before, ...avps]);
  const refused = (name: string, octets: Uint8Array, resultCode: number, failedAvp?: Uint8Array): HostileInput => ({
    name,
    octets,
    outcome: "refused",
    resultCode,
    failedAvp,
  });
  const served = (name: string, octets: Uint8Array): HostileInput => ({ name, octets, outcome: "served" });
  const unknown = avpOctets(STRANGER, ZEROS);
  const vendors = avpOctets(STRANGER, ZEROS, { vendorId: 99_999 });
  const inputs = [
    served("an unknown group of 10,000 levels", added(deep())),
    refused("100,000 empty AVPs", added(tiny(100_000)), 5012),
    refused("unknown AVP with the M bit", added(unknown), 5001, unknown),
    refused("unknown AVP of a vendor with the M bit", added(vendors), 5001, vendors),
    served("unknown AVP without the M bit", added(avpOctets(STRANGER, ZEROS, { flags: 0 }))),
  ];
  const wrong = (name: string, code: number, text: readonly number[]) => {
    const avp = avpOctets(code, Uint8Array.from(text));
    inputs.push(refused(name, replaced(request, code, avp), 5004, avp));
  };
  const host = find(request, ORIGIN_HOST);
  if (host !== undefined) {
    const flagged = (flags: number) => replaced(request, ORIGIN_HOST, avpOctets(ORIGIN_HOST, dataOf(host), { flags }));
    inputs.push(
      refused("64 times Origin-Host", added(...Array<Uint8Array>(63).fill(host)), 5009, host),
      refused("no Origin-Host", replaced(request, ORIGIN_HOST, new Uint8Array(0)), 5005),
      served("V bit with Vendor-Id 0", flagged(0xc0)),
      served("reserved bits in AVP Flags", flagged(0x5f)),
    );
    wrong("Origin-Host with a NUL", ORIGIN_HOST, [0x61, 0x00, 0x62]);
  }
  if (find(request, ORIGIN_REALM) !== undefined) {
    wrong("Origin-Realm that is not ASCII", ORIGIN_REALM, [0xc3, 0xa9]);
    wrong("Origin-Realm with a space", ORIGIN_REALM, [0x61, 0x20, 0x62]);
  }
  const sessionId = find(request, SESSION_ID);
  if (sessionId !== undefined) {
    const padded = avpOctets(SESSION_ID, oddly(dataOf(sessionId)), { padding: 0xff });
    const without = replaced(request, SESSION_ID, new Uint8Array(0));
    inputs.push(
      served("padding that is not zero", replaced(request, SESSION_ID, padded)),
      refused("two Session-Ids", added(sessionId), 5009, sessionId),
      served(
        "Session-Id last",
        withAvps(without, (avps) => [...avps, sessionId]),
      ),
    );
    wrong("Session-Id that is not UTF-8", SESSION_ID, [0x61, 0xff, 0xfe, 0x62]);
    wrong("Session-Id in overlong UTF-8", SESSION_ID, [0x61, 0xc0, 0x80, 0x62]);
    wrong("Session-Id with a NUL", SESSION_ID, [0x61, 0x00, 0x62]);
  }
  return inputs;
}

/** A hundred thousand AVPs that are nobody's, empty and without the M bit: as many as 800 kB hold. */
function tiny(count: number): Uint8Array {
  const avp = avpOctets(STRANGER, new Uint8Array(0), { flags: 0 });
  const octets = new Uint8Array(count * avp.length);
  for (let at = 0; at < octets.length; at += avp.length) octets.set(avp, at);
  return octets;
}

/** Without the M bit on the outermost, so that it may be unknown. */
function deep(): Uint8Array {
  const octets = nestedAvps(STRANGER, 10_000);
  octets[4] = 0;
  return octets;
}

function find(message: Uint8Array, code: number): Uint8Array | undefined {
  return avpsIn(message).find((avp) => codeOf(avp) === code);
}

function replaced(message: Uint8Array, code: number, by: Uint8Array): Uint8Array {
  return withAvps(message, (avps) => avps.map((avp) => (codeOf(avp) === code ? by : avp)));
}

function lastOf(message: Uint8Array): Uint8Array {
  return avpsIn(message).at(-1) ?? new Uint8Array(0);
}

/** Data whose length is no multiple of four: there has to be padding. */
function oddly(data: Uint8Array): Uint8Array {
  return data.length % 4 === 0 ? concatenated([data, Uint8Array.of(0x78)]) : data;
}

/** Ends with an AVP of one octet, unpadded. */
function withoutLastPadding(request: Uint8Array): Uint8Array {
  const octets = withAvps(request, (avps) => [...avps, avpOctets(STRANGER, Uint8Array.of(1), { flags: 0 })]).slice(
    0,
    -3,
  );
  return withHeader(octets, { length: octets.length });
}
