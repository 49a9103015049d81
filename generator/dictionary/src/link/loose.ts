/** Commands of formats without grammars. */
import { avpKey, type Grammar } from "../model/dictionary.js";
import type { CommandNode } from "../model/document.js";
import type { AvpDrafts } from "./avps.js";
import { isVisible } from "./names.js";
import type { Scope } from "./scope.js";

/**
 * AVPs of the base protocol that messages of any application may carry (RFC 6733 sections 6, 7 and 8), in the order of its grammars:
 * Session-Id, Auth-Application-Id, Vendor-Specific-Application-Id, Origin-Host and Origin-Realm, which a node fills in; Destination-Host and
 * Destination-Realm, by which it routes; Auth-Session-State; in answers Result-Code, Experimental-Result and Error-Message.
 */
const REQUEST = [263, 258, 260, 264, 296, 293, 283, 277];
const ANSWER = [263, 258, 260, 268, 297, 264, 296, 281, 277];
/** Of the messages that stay between neighbours, which belong to no session: sections 5.3, 5.4 and 5.5. */
const NEIGHBOURS: ReadonlySet<number> = new Set([257, 280, 282]);
const BETWEEN_NEIGHBOURS: ReadonlySet<number> = new Set([264, 296, 268, 281]);

/** Nothing is required, anything may appear; what the base protocol has for every message has a name, where the dictionary defines it. */
export function looseCommand(
  { code, at }: CommandNode,
  side: "request" | "answer",
  scope: Scope,
  drafts: AvpDrafts,
): Grammar {
  const codes = side === "request" ? REQUEST : ANSWER;
  const rules = codes.flatMap((avpCode) => {
    const draft = drafts.get(avpKey(0, avpCode));
    if (draft === undefined || !(scope.open || isVisible(draft, scope))) return [];
    if (NEIGHBOURS.has(code) && !BETWEEN_NEIGHBOURS.has(avpCode)) return [];
    return [{ avp: draft.avp, position: "optional", min: 0, max: 1, at } as const];
  });
  return { rules, wildcard: true, loose: true };
}
