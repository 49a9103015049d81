/** Data types of Wireshark's that RFC 6733 does not have. */
import type { DiagnosticBag } from "../../diagnostics.js";
import type { SourceLocation } from "../../model/document.js";

/** RADIUS attributes that Diameter took over: RFC 6733 section 4.1. */
const LAST_RADIUS_CODE = 255;

/** Without regard to case. */
const OTHERS: ReadonlyMap<string, (code: number) => string> = new Map<string, (code: number) => string>([
  // 4 or 16 bare octets up to there, as in RADIUS; RFC 6733's Address, which begins with its family, above. Wireshark does so whoever the
  // vendor is, and with reason: 3GPP-SGSN-Address (6) is octets, SGSN-Address (1228) is an Address.
  ["ipaddress", (code) => (code <= LAST_RADIUS_CODE ? "OctetString" : "Address")],
  ["octetstringorutf8", () => "OctetString"],
  ["appid", () => "Unsigned32"],
  ["vendorid", () => "Unsigned32"],
  ["mipregistrationrequest", () => "OctetString"],
]);

/** Reads types, and tells once for each what it read it as. */
export class TypeNames {
  readonly #read = new Map<string, { readonly at: SourceLocation; count: number }>();

  read(written: string, code: number, at: SourceLocation): string {
    const type = OTHERS.get(written.toLowerCase())?.(code);
    if (type === undefined) return written;
    const change = `${written} is read as ${type}`;
    const known = this.#read.get(change);
    if (known === undefined) this.#read.set(change, { at, count: 1 });
    else known.count++;
    return type;
  }

  report(diagnostics: DiagnosticBag): void {
    for (const [change, { at, count }] of this.#read) {
      diagnostics.add("DG1042", at, `${change}${count === 1 ? "" : `, in ${count} AVPs`}`);
    }
  }
}
