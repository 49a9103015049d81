/**
 * DiameterURI: RFC 6733 section 4.3.1.
 *
 *   "aaa://" FQDN [ ":" port ] [ ";transport=" ( "tcp" / "sctp" / "udp" ) ] [ ";protocol=" ( "diameter" / "radius" / "tacacs+" ) ]
 *   "aaas://" FQDN ...
 */
import type { DataFormat } from "./format.js";
import { invalidValue, unfit } from "./problem.js";
import { asciiText } from "./text.js";

/** Kept as text, so that it goes out again as it came in; `parseDiameterURI` takes it apart. */
export type DiameterURI = `aaa://${string}` | `aaas://${string}`;

/** What a DiameterURI says, what it leaves out filled in. */
export interface DiameterURIParts {
  /** "aaas": transport security is used from the first octet on. */
  readonly scheme: "aaa" | "aaas";
  /** As it stands there; an IPv6 address without its brackets. */
  readonly fqdn: string;
  /** 3868, with transport security 5658, where none is given. */
  readonly port: number;
  /** "tcp" where none is given. */
  readonly transport: "tcp" | "sctp" | "udp";
  /** "diameter" where none is given. */
  readonly protocol: "diameter" | "radius" | "tacacs+";
}

const URI =
  /^(aaas?):\/\/([\w.~!$&'()*+,=%-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:;transport=(tcp|sctp|udp))?(?:;protocol=(diameter|radius|tacacs\+))?$/i;

/** Takes a DiameterURI apart; undefined where it is none. Diameter over UDP does not exist, so such a URI is none. */
export function parseDiameterURI(uri: string): DiameterURIParts | undefined {
  const match = URI.exec(uri);
  if (match === null) return undefined;
  const scheme = (match[1] as string).toLowerCase() as DiameterURIParts["scheme"];
  const fqdn = (match[2] as string).replace(/^\[|\]$/g, "");
  const port = match[3] === undefined ? (scheme === "aaas" ? 5658 : 3868) : Number(match[3]);
  const transport = (match[4] ?? "tcp").toLowerCase() as DiameterURIParts["transport"];
  const protocol = (match[5] ?? "diameter").toLowerCase() as DiameterURIParts["protocol"];
  if (port < 1 || port > 65535 || (transport === "udp" && protocol === "diameter")) return undefined;
  return { scheme, fqdn, port, transport, protocol };
}

const expected = "a DiameterURI such as aaa://host.example.com:3868;transport=tcp";
const ascii = /*@__PURE__*/ asciiText("DiameterURI", 7, /^[\x21-\x7e]+$/, expected);

export const diameterURI: DataFormat<DiameterURI> = {
  name: "DiameterURI",
  minLength: 7,
  decode(data) {
    const uri = ascii.decode(data);
    if (parseDiameterURI(uri) === undefined) throw invalidValue(`DiameterURI is not ${expected}`);
    return uri as DiameterURI;
  },
  encode(uri) {
    if (typeof uri !== "string" || parseDiameterURI(uri) === undefined) throw unfit(uri, expected);
    return ascii.encode(uri);
  },
};
