/** What a node puts into a message where its caller says nothing, as expressions: the design of the two types per command. */
import { type Application, avpKey, type DataType, filledWith, type Rule } from "@diamgen/dictionary";
import { DATA_TYPES } from "./data-types.js";
import { type FillExpression, fieldsOf, type GrammarPlace } from "./fields.js";

export function fillFor(application: Application, place: GrammarPlace): FillExpression {
  return (rule) => {
    const filled = filledWith(application, rule);
    if (filled === undefined) return undefined;
    if (typeof filled === "string") return `fill.${filled}`;
    if (typeof filled === "number") return String(filled);
    return vendorSpecific(rule, filled, place);
  };
}

/** An Init of Vendor-Specific-Application-Id as its grammar is here: RFC 3588 has `1* [ Vendor-Id ]`, RFC 6733 `{ Vendor-Id }`. */
function vendorSpecific({ avp }: Rule, values: ReadonlyMap<number, number>, place: GrammarPlace): string | undefined {
  const group = place.folder.groups.get(avpKey(avp.vendorId, avp.code));
  if (group === undefined) return undefined;
  const parts: string[] = [];
  let filled = 0;
  for (const field of fieldsOf(group.grammar, { ...place, group })) {
    const value = field.vendorId === 0 && isNumber(field.avp.type) ? values.get(field.code) : undefined;
    if (value === undefined) {
      if (field.required) return undefined;
      continue;
    }
    filled++;
    parts.push(`${field.property}: ${field.many ? `[${value}]` : value}`);
  }
  return filled === values.size ? `{ ${parts.join(", ")} }` : undefined;
}

function isNumber(type: DataType): boolean {
  return type !== "Grouped" && DATA_TYPES[type].ts === "number";
}
