/** What runs in a page, in a realm without Node's globals and in Node itself, to be compared. It knows public entries only. */
import { DiameterError, decodeMessage, encodeMessage, RawMessage } from "@diamgen/runtime/codec";
import type { Codec } from "@diamgen/runtime/codegen";
import * as accounting from "@diamgen/sdk/accounting";
import * as sip from "@diamgen/sdk/sip";

const FILL = { sessionId: "page.test;1;2", originHost: "page.test", originRealm: "test" };

/** Two-, three- and four-octet characters; long enough not to be written character by character. */
const TEXT = "Jürgen 你好 😀 ".repeat(9);

/** Results as JSON, for a page's objects cannot leave it. `octets` are those of a Multimedia-Auth-Request. */
export function run(octets: readonly number[]): string {
  const request = Uint8Array.from(octets);
  const record = recordOf(TEXT);
  return JSON.stringify(
    {
      multimediaAuth: again(sip.multimediaAuth.request, request),
      cutShort: again(sip.multimediaAuth.request, request.slice(0, -4)),
      impossibleLength: again(sip.multimediaAuth.request, changed(request, request.indexOf(0x0c), 0x05)),
      accounting: again(accounting.accounting.request, record),
      noUtf8: again(accounting.accounting.request, changed(record, record.indexOf(0xc3), 0xff)),
      loneSurrogate: problem(() => recordOf("\ud800")),
      ascii: recordOf("a".repeat(200)),
    },
    plain,
  );
}

function again<T, Init>(codec: Codec<T, Init>, octets: Uint8Array) {
  const decoded = decodeMessage(codec, RawMessage.from(octets), sip.application.avps);
  return { decoded, octets: decoded.ok ? encodeMessage(codec, decoded.message) : undefined };
}

function changed(octets: Uint8Array, at: number, octet: number): Uint8Array {
  const copy = octets.slice();
  copy[at] = octet;
  return copy;
}

function recordOf(userName: string): Uint8Array {
  const { request } = accounting.accounting;
  const init = {
    destinationRealm: "test",
    accountingRecordType: accounting.AccountingRecordType.START_RECORD,
    accountingRecordNumber: 4294967295,
    accountingSubSessionId: 18446744073709551615n,
    eventTimestamp: new Date("2026-02-28T23:59:59Z"),
    userName,
  };
  return encodeMessage(request, request.create(init, FILL));
}

function problem(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof DiameterError ? { code: error.code, message: error.message } : `${error}`;
  }
}

/** Replacer of JSON.stringify, which calls `toJSON` before it. */
function plain(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  if (raw instanceof Date) return { date: raw.toISOString() };
  if (raw instanceof Uint8Array) return { octets: Array.from(raw, (octet) => octet.toString(16)).join(" ") };
  return typeof raw === "bigint" ? { bigint: `${raw}` } : value;
}
