import type { Application, AvpDefinition, Command, DataType, Grammar } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import { DATA_TYPES } from "./data-types.js";
import {
  avpOrigin,
  excludedFrom,
  type Field,
  fieldsOf,
  flagsOf,
  type GrammarPlace,
  missingNumbers,
  requiredNumbers,
} from "./fields.js";
import { fillFor } from "./fill.js";
import type { GroupPlace } from "./layout.js";
import { comment, literal } from "./names.js";
import { ruleText } from "./rules.js";
import { type Case, indented, switchLines } from "./switches.js";

/** What templates/type.hbs shows: a command's message or a group. */
export interface TypeView {
  readonly className: string;
  readonly message: boolean;
  readonly fields: readonly Field[];
  readonly [more: string]: unknown;
}

interface MessageFacts {
  readonly application: Application;
  readonly command: Command;
  readonly side: "request" | "answer";
  readonly className: string;
}

export function groupView(group: GroupPlace, place: GrammarPlace): TypeView {
  const { avp, grammar, className } = group;
  const { folder, layout } = place;
  const home = layout.avps.get(avpKey(avp.vendorId, avp.code));
  const fields = fieldsOf(grammar, { ...place, group });
  return {
    ...typeView(grammar, className, literal(`${folder.name}.${className}`), fields),
    // A group of any AVPs (Failed-AVP) is kept as it is: what is in it may be the very thing that cannot be decoded.
    opaque: grammar.rules.length === 0 && grammar.wildcard && !grammar.loose,
    message: false,
    exported: "export ",
    doc: docLines(avp.name, avpOrigin(avp), avp.description, avp.at, grammar),
    definition: home !== undefined &&
      home.folder === folder.name && {
        name: home.definition,
        doc: comment(`${avp.name}, ${avpOrigin(avp)}.`),
        literal: literal(avp.name),
        code: avp.code,
        vendorId: avp.vendorId,
        flags: `0x${flagsOf(avp).toString(16)}`,
      },
  };
}

export function messageView(facts: MessageFacts, place: GrammarPlace): TypeView {
  const { application, command, side, className } = facts;
  const { folder } = place;
  const grammar = command[side];
  const suffix = side === "request" ? "Request" : "Answer";
  const fields = fieldsOf(grammar, place, fillFor(application, place));
  const flags = (side === "request" ? 0x80 : 0) | (command.proxiable ? 0x40 : 0);
  const abbreviation = command.abbreviation === undefined ? "" : ` (${command.abbreviation}${suffix.charAt(0)})`;
  const proxyInfo = side === "answer" ? proxyInfoOf(fields, command) : undefined;
  return {
    ...typeView(grammar, className, literal(`${folder.name}.${className}`), fields),
    message: true,
    exported: "",
    doc: docLines(
      `${command.name}-${suffix}${abbreviation}`,
      commandOrigin(application, command),
      undefined,
      command.at,
      grammar,
    ),
    flags: `0x${flags.toString(16)}`,
    code: command.code,
    applicationId: application.id,
    proxyInfo,
    usesFill: proxyInfo !== undefined || fields.some((field) => field.usesFill),
  };
}

/**
 * RFC 6733 section 6.2: an answer takes over its request's Proxy-Info, also where its grammar does not name it; the expression for what the
 * caller gave instead. A command that no proxy passes on has none.
 */
function proxyInfoOf(fields: readonly Field[], command: Command): string | undefined {
  const field = fields.find(({ vendorId, code }) => vendorId === 0 && code === 284);
  if (field === undefined) return command.proxiable ? "undefined" : undefined;
  return field.many ? `init.${field.property}` : undefined;
}

/** Fit for a comment. */
export function commandOrigin(application: Application, command: Command): string {
  const source = command.source ?? application.source;
  const section = command.section === undefined ? "" : ` section ${command.section}`;
  const place = source === undefined ? "" : `, ${source}${section}`;
  return comment(`command ${command.code} of application ${application.id}${place}`);
}

function typeView(grammar: Grammar, className: string, kindName: string, fields: readonly Field[]) {
  const words = new Set(fields.map((field) => field.seen).filter((name) => name !== undefined));
  const wildcard = grammar.wildcard || grammar.loose;
  const other = wildcard ? "unknown" : "forbidden";
  const vendors = vendorsOf(fields, excludedFrom(grammar));
  return {
    className,
    kindName,
    fields: fields.map((field) => ({ ...field, writes: writesOf(field) })),
    wildcard,
    opaque: false,
    vendors: vendors.length > 0,
    body: bodyOf(vendors, `m.avps = ${other}(m.avps, at, next);`),
    seenWords: [...words].sort().map((name) => {
      const { mask, numbers } = requiredNumbers(fields, name);
      return { name, mask: mask || undefined, numbers: numbers.join(", ") };
    }),
    counted: fields
      .filter((field) => field.min !== undefined)
      .map((field) => ({ property: field.property, min: field.min, numbers: missingNumbers(field).join(", ") })),
  };
}

interface VendorCases {
  readonly vendorId: number;
  readonly lines: readonly string[];
}

/** What a decoder does with the AVP that it has come to; `otherwise` where the grammar does not name it. */
function bodyOf(vendors: readonly VendorCases[], otherwise: string): string[] {
  const lines = vendors.flatMap(({ vendorId, lines }, i) => [
    `${i === 0 ? "" : "else "}if (vendor === ${vendorId}) {`,
    ...indented(lines),
    "}",
  ]);
  const jumps = (jump: string) => lines.some((line) => line.endsWith(jump));
  const [again, short] = [jumps(AGAIN), jumps(SHORT)];
  let body = [...lines, otherwise];
  if (short) body = [...labelled("short", body), "malformed(at);"];
  if (again) body = [...labelled("again", body), "repeated(at);"];
  return body;
}

/** Leaving the block by its label leads to what stands behind it; reaching its end leads to the next AVP. */
function labelled(label: string, lines: readonly string[]): string[] {
  return [`${label}: {`, ...indented([...lines, "continue;"]), "}"];
}

function vendorsOf(fields: readonly Field[], excluded: readonly AvpDefinition[]): VendorCases[] {
  const cases: (Case & { readonly vendorId: number })[] = [
    ...fields.map((field) => ({ vendorId: field.vendorId, code: field.code, lines: readsOf(field) })),
    ...excluded.map(({ vendorId, code }) => ({
      vendorId,
      code,
      lines: ["m.avps = excluded(m.avps, at, next);", "continue;"],
    })),
  ];
  const ids = [...new Set(cases.map(({ vendorId }) => vendorId))].sort((a, b) => a - b);
  return ids.map((vendorId) => ({
    vendorId,
    lines: switchLines(cases.filter((one) => one.vendorId === vendorId)),
  }));
}

const AGAIN = "break again;";
const SHORT = "break short;";

/** What a decoder does with one AVP. The labels lead to `repeated` and `malformed`, which stand once in each decoder. */
function readsOf(field: Field): string[] {
  const target = `m.${field.property}`;
  const lines: string[] = [];
  if (!field.many) lines.push(`if (${field.seen} & ${field.bit}) ${AGAIN}`);
  else if (field.max !== undefined) lines.push(`if (${target}.length >= ${field.max}) ${AGAIN}`);
  if (field.seen !== undefined) lines.push(`${field.seen} |= ${field.bit};`);
  if (field.recursive) lines.push("if (!descend(at)) continue;");
  // Where values are counted, one that cannot be read is there nevertheless: it is no missing one, and the next may be too many.
  const counted = field.checkedSize !== undefined && (field.min !== undefined || field.max !== undefined);
  if (counted)
    lines.push(
      `let x = ${DATA_TYPES[field.avp.type as Exclude<DataType, "Grouped">].initial};`,
      `if (next - data === ${field.checkedSize}) {`,
      ...indented([...field.prepare, `x = ${field.read};`]),
      "} else malformed(at);",
    );
  else if (field.checkedSize !== undefined)
    lines.push(`if (next - data !== ${field.checkedSize}) ${SHORT}`, ...field.prepare);
  if (field.many)
    lines.push(`${target} = added(${target}, ${counted ? "x" : field.read})${field.required ? " as never" : ""};`);
  else lines.push(`${target} = ${field.read};`);
  if (field.recursive) lines.push("ascend();");
  lines.push("continue;");
  return lines;
}

function writesOf(field: Field): string[] {
  const value = `m.${field.property}`;
  if (field.many) {
    const loop = `for (let i = 0; i < ${value}.length; i++) { ${field.write(`${value}[i] as ${field.type}`, true)} }`;
    // Most lists of most messages are absent: one comparison instead of a loop that loads their length.
    return [field.required ? loop : `if (${value} !== NONE) ${loop}`];
  }
  return [field.write(value, !field.optional)];
}

function docLines(
  name: string,
  origin: string,
  description: string | undefined,
  at: { readonly file: string; readonly line: number },
  grammar: Grammar,
): string[] {
  const lines = [`${comment(name)}: ${origin} (${originOf(at)}).`];
  if (description !== undefined) lines.push(comment(description));
  if (grammar.rules.length === 0) return lines;
  lines.push("", "```");
  for (const rule of grammar.rules) lines.push(comment(ruleText(rule)));
  if (grammar.wildcard) lines.push("* [ AVP ]");
  lines.push("```");
  return lines;
}

/** "sip.xml:245": where a definition stands, without the folders of this machine. */
export function originOf(at: { readonly file: string; readonly line: number }): string {
  return `${comment(at.file.replace(/^.*[\\/]/s, ""))}:${at.line}`;
}
