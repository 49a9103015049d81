/** `base` and `application` with their commands. The AVPs that stand among these are the document's: see document.ts. */
import { quote } from "../../diagnostics.js";
import type { ApplicationNode, CommandNode, ExtendNode, GrammarNode, InheritNode } from "../../model/document.js";
import { isKey } from "../../slug.js";
import { checkAvpName } from "../xml/avp-parts.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { readGrammar } from "./grammar.js";
import { knownChildren } from "./schema.js";

/** RFC 6733 section 3: 24 bits. */
const MAX_COMMAND_CODE = 0xffffff;
/** Its name in the IANA registry of application ids. */
const BASE_NAME = "Diameter Common Messages";

/** `children` as `knownChildren` gave them. */
export function readApplication(
  element: XmlElement,
  children: readonly XmlElement[],
  fields: Fields,
): ApplicationNode | undefined {
  const isBase = element.name === "base";
  const id = isBase ? 0 : fields.number(element, "id", 0, MAX_UNSIGNED32);
  const vendorId = fields.optionalNumber(element, "vendor-id", 0, MAX_UNSIGNED32);
  const key = readKey(element, fields) ?? (isBase ? "base" : undefined);

  const commands: CommandNode[] = [];
  const inherits: InheritNode[] = [];
  const extensions: ExtendNode[] = [];
  let answerMessage: GrammarNode | undefined;
  for (const child of children) {
    if (child.name === "command") push(commands, readCommand(child, fields));
    else if (child.name === "inherit") push(inherits, readInherit(child, fields));
    else if (child.name === "extend") push(extensions, readExtend(child, fields));
    else if (child.name === "answer-message") answerMessage = readGrammar(child, fields) ?? answerMessage;
  }
  if (id === undefined || vendorId === null) return undefined;
  return {
    id,
    name: fields.text(element, "name") ?? (id === 0 ? BASE_NAME : `Application ${id}`),
    key,
    kind: fields.word(element, "kind", ["auth", "acct"]),
    vendorId: vendorId ?? 0,
    source: fields.text(element, "document"),
    section: fields.text(element, "section"),
    commands,
    inherits,
    extensions,
    answerMessage,
    at: fields.at(element),
  };
}

/** A key becomes the name of a folder, so it is not taken from the file unseen. */
export function readKey(element: XmlElement, fields: Fields, attributeName = "key"): string | undefined {
  const attribute = element.attributes.get(attributeName);
  if (attribute === undefined) return undefined;
  if (isKey(attribute.value)) return attribute.value;
  fields.diagnostics.add("DG1028", fields.atValue(attribute), `${attributeName} is ${quote(attribute.value)}`, {
    hint: "A key has lower-case letters and digits, begins with a letter, and may have single hyphens or underscores inside.",
  });
  return undefined;
}

function readCommand(element: XmlElement, fields: Fields): CommandNode | undefined {
  let request: GrammarNode | undefined;
  let answer: GrammarNode | undefined;
  for (const child of knownChildren(element, fields)) {
    if (child.name === "requestrules") request = joined(request, readGrammar(child, fields));
    else answer = joined(answer, readGrammar(child, fields));
  }
  const written = fields.name(element);
  const code = fields.number(element, "code", 0, MAX_COMMAND_CODE);
  if (written === undefined || code === undefined) return undefined;
  const at = fields.at(element);
  if (code === 0) {
    fields.diagnostics.add("DG1021", at, `pseudo command ${quote(written)} with code 0 is skipped`, {
      hint: "The grammar of answers with the E bit goes into <answer-message> in <base>.",
    });
    return undefined;
  }
  checkAvpName(written, element, fields);
  const name = written.replace(/-(?:Request|Answer)$/, "");
  if (name !== written) {
    fields.diagnostics.add("DG1030", at, `command ${quote(written)} is read as ${quote(name)}`, {
      hint: "One <command> stands for both the request and the answer.",
    });
  }
  const pbit = fields.word(element, "pbit", ["0", "1"]);
  return {
    name,
    code,
    abbreviation: fields.text(element, "abbreviation"),
    proxiable: pbit !== "0",
    request,
    answer,
    section: fields.text(element, "section"),
    at,
  };
}

/** freeDiameter's schema allows the element more than once. */
function joined(first: GrammarNode | undefined, second: GrammarNode | undefined): GrammarNode | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { rules: [...first.rules, ...second.rules], at: first.at };
}

function readInherit(element: XmlElement, fields: Fields): InheritNode | undefined {
  knownChildren(element, fields);
  const command = fields.name(element, "command");
  const application = fields.optionalNumber(element, "application", 0, MAX_UNSIGNED32);
  if (command === undefined || application === null) return undefined;
  return { command, application: application ?? 0, section: fields.text(element, "section"), at: fields.at(element) };
}

function readExtend(element: XmlElement, fields: Fields): ExtendNode | undefined {
  const grammar = readGrammar(element, fields, true);
  const avp = fields.name(element, "avp");
  const vendorId = fields.optionalNumber(element, "vendor-id", 0, MAX_UNSIGNED32);
  if (grammar === undefined || avp === undefined || vendorId === null) return undefined;
  return { avp, vendorId, grammar, at: fields.at(element) };
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}
