import type { Issue, RawMessage } from "@diamgen/runtime/codec";
import { matching } from "../interpret/lookup.js";
import { Scope } from "../interpret/scope.js";
import type { Application, AvpDefinition, Dictionary } from "../model/dictionary.js";
import { avpIssue } from "./avps.js";
import { headerIssue } from "./header.js";

/** What strict mode asks for; everything where left out. */
export interface StrictOptions {
  /** Reserved bits of Command Flags (5013), and the P bit as the command's grammar has it (3008). */
  readonly header?: boolean | undefined;
  /** V with Vendor-ID 0, reserved bits, M and P against the dictionary's MUST and MUST NOT (3009). */
  readonly avpFlags?: boolean | undefined;
  /** Enumerated AVPs have a value that the dictionary names (5004); those of which it names none are free. */
  readonly enumerated?: boolean | undefined;
  /** Auth-Application-Id and Acct-Application-Id are the header's Application-ID (5004). */
  readonly applicationIds?: boolean | undefined;
  /** AVPs of a message that are looked at; 4096, as a node takes no more by default. */
  readonly maxAvps?: number | undefined;
  /** AVPs that count as known beside those of each application. */
  readonly known?: Iterable<AvpDefinition> | undefined;
}

/**
 * Strict mode, for the option `inspect` of a node: the first thing that a message has against the dictionary, though it can be read. By default a
 * node bears all of it, for real peers send it. A message of an application that the dictionary lacks is none of its business.
 *
 * - 5013 DIAMETER_INVALID_BIT_IN_HEADER: a reserved bit of Command Flags. RFC 6733 section 3 has receivers ignore it; section 7.1.5 has a code for it.
 * - 3008 DIAMETER_INVALID_HDR_BITS: the P bit of a request is not as its CCF says (section 3.2: PXY).
 * - 3009 DIAMETER_INVALID_AVP_BITS: a reserved bit (section 4.1), M or P against the dictionary, or a Vendor-ID of 0 (section 4.1.1).
 * - 5004 DIAMETER_INVALID_AVP_VALUE: a value that an Enumerated AVP does not have (section 4.3.1), or an Auth-Application-Id or
 *   Acct-Application-Id that does not match the header's (sections 6.8 and 6.9: a MUST, for which they name no code; this one is our choice).
 *
 * Slower than the decoding of generated code: it walks through the message once more, by a table.
 *
 * ```ts
 * const { dictionary } = await loadDictionary([path.join(shippedFolder(), "sip.xml")]);
 * const node = new DiameterNode({ inspect: strict(dictionary), ... });
 * ```
 */
export function strict(dictionary: Dictionary, options: StrictOptions = {}): (raw: RawMessage) => Issue | undefined {
  const known = [...(options.known ?? [])];
  const scopes = new Map<string, Scope>();
  const tables = new Map<AvpDefinition, ReadonlySet<number>>();

  /** Of all profiles of the application that is meant: a node may serve any of them. */
  const scopeOf = (applications: readonly Application[]): Scope => {
    const key = applications.length === 1 ? (applications[0] as Application).key : applications.map(keyOf).join();
    let scope = scopes.get(key);
    if (scope === undefined) {
      scope = new Scope(new Map(), [...applications.flatMap(({ avps }) => avps), ...known]);
      scopes.set(key, scope);
    }
    return scope;
  };
  const values = (avp: AvpDefinition): ReadonlySet<number> => {
    let table = tables.get(avp);
    if (table === undefined) {
      table = new Set(avp.enums.map(({ code }) => code | 0));
      tables.set(avp, table);
    }
    return table;
  };

  return (raw) => {
    const found = matching(dictionary, raw);
    if (found.length === 0) return undefined;
    const commands = found.map(({ command }) => command);
    const wrong = options.header === false ? undefined : headerIssue(raw, commands);
    if (wrong !== undefined) return wrong;
    const applications = found.map(({ application }) => application);
    return avpIssue(raw, { ...options, scope: scopeOf(applications), values });
  };
}

function keyOf({ key }: Application): string {
  return key;
}
