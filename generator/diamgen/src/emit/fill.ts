/** What a node puts into a message where its caller says nothing: the design of the two types per command. */
import type { Application, AvpDefinition, Rule } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import { DATA_TYPES } from "./data-types.js";
import { type FillExpression, fieldsOf, type GrammarPlace } from "./fields.js";

const AUTH_APPLICATION_ID = 258;
const ACCT_APPLICATION_ID = 259;
const VENDOR_SPECIFIC_APPLICATION_ID = 260;
const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const VENDOR_ID = 266;
const ORIGIN_REALM = 296;

export function fillFor(application: Application, place: GrammarPlace): FillExpression {
  return (avp, rule) => {
    if (avp.vendorId !== 0) return undefined;
    switch (avp.code) {
      case SESSION_ID:
        return holds(avp, "string") ? "fill.sessionId" : undefined;
      case ORIGIN_HOST:
        return holds(avp, "string") ? "fill.originHost" : undefined;
      case ORIGIN_REALM:
        return holds(avp, "string") ? "fill.originRealm" : undefined;
      case AUTH_APPLICATION_ID:
        return wanted(application, avp, rule, "auth") ? String(application.id) : undefined;
      case ACCT_APPLICATION_ID:
        return wanted(application, avp, rule, "acct") ? String(application.id) : undefined;
      case VENDOR_SPECIFIC_APPLICATION_ID:
        return application.vendorId === 0 ? undefined : vendorSpecific(application, avp, place);
      default:
        return undefined;
    }
  };
}

/** Dictionaries that call it otherwise are on their own. */
function holds(avp: AvpDefinition, type: "string" | "number"): boolean {
  return avp.type !== "Grouped" && DATA_TYPES[avp.type].ts === type;
}

/** An application of a vendor is named in Vendor-Specific-Application-Id (RFC 6733 section 6.11), unless the grammar requires the plain AVP. */
function wanted(application: Application, avp: AvpDefinition, rule: Rule, kind: "auth" | "acct"): boolean {
  return application.kind === kind && holds(avp, "number") && (rule.min > 0 || application.vendorId === 0);
}

/** An Init of Vendor-Specific-Application-Id as its grammar is here: RFC 3588 has `1* [ Vendor-Id ]`, RFC 6733 `{ Vendor-Id }`. */
function vendorSpecific(application: Application, avp: AvpDefinition, place: GrammarPlace): string | undefined {
  const group = place.folder.groups.get(avpKey(avp.vendorId, avp.code));
  if (group === undefined) return undefined;
  const values = new Map([
    [VENDOR_ID, application.vendorId],
    [application.kind === "acct" ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID, application.id],
  ]);
  const parts: string[] = [];
  let filled = 0;
  for (const field of fieldsOf(group.grammar, { ...place, group })) {
    const value = field.vendorId === 0 && holds(field.avp, "number") ? values.get(field.code) : undefined;
    if (value === undefined) {
      if (field.required) return undefined;
      continue;
    }
    filled++;
    parts.push(`${field.property}: ${field.many ? `[${value}]` : value}`);
  }
  return filled === values.size ? `{ ${parts.join(", ")} }` : undefined;
}
