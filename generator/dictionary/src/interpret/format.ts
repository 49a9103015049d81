import { AvpFlag, CommandFlag } from "@diamgen/runtime/codec";
import type { AvpTree, MessageTree } from "./tree.js";

/** A message as lines for people: header first, then one AVP a line, members of groups indented. Control characters are shown escaped. */
export function formatMessage(tree: MessageTree): string {
  const { raw, command, application } = tree;
  const side = raw.isRequest ? "Request" : "Answer";
  const name = command === undefined ? `Command ${raw.commandCode} ${side}` : `${command.name}-${side}`;
  const abbreviation = command?.abbreviation === undefined ? "" : ` (${command.abbreviation}${side.charAt(0)})`;
  const where =
    application === undefined
      ? `application ${raw.applicationId}`
      : `application ${raw.applicationId} ${application.key}`;
  const ids = `hop-by-hop ${hex(raw.hopByHop)} end-to-end ${hex(raw.endToEnd)}`;
  const lines = [`${name}${abbreviation} ${where} flags ${commandFlags(raw.flags)} ${ids} ${raw.length} octets`];
  for (const avp of tree.avps) lines.push(...avpLines(avp, "  "));
  return lines.join("\n");
}

function avpLines(tree: AvpTree, indent: string): string[] {
  const { avp, definition, members } = tree;
  const code = avp.vendorId === 0 ? `${avp.code}` : `${avp.vendorId}:${avp.code}`;
  const head = `${indent}${definition?.name ?? "unknown AVP"} (${code}) ${avpFlags(avp.flags)}`;
  if (members === undefined) return [`${head} ${valueText(tree)}`];
  return [head, ...members.flatMap((member) => avpLines(member, `${indent}  `))];
}

function valueText({ avp, definition, value, problem }: AvpTree): string {
  if (problem !== undefined) return `${octets(avp.data)} (${problem})`;
  if (value === undefined || value instanceof Uint8Array) return octets(value ?? avp.data);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object") return `address family ${value.family} ${octets(value.data)}`;
  const name = definition?.enums.find(({ code }) => code === value)?.name;
  return name === undefined ? `${value}` : `${name} (${value})`;
}

/** Text where all octets are printable ASCII, otherwise hexadecimal; long ones are cut. */
function octets(data: Uint8Array): string {
  const shown = data.subarray(0, 64);
  const more = data.length > shown.length ? `... ${data.length} octets` : "";
  if (data.length > 0 && shown.every((octet) => octet >= 0x20 && octet < 0x7f))
    return `"${String.fromCharCode(...shown)}"${more}`;
  return `0x${Array.from(shown, (octet) => octet.toString(16).padStart(2, "0")).join("")}${more}`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

function commandFlags(flags: number): string {
  const { REQUEST, PROXIABLE, ERROR, RETRANSMITTED } = CommandFlag;
  return letters(flags, [
    [REQUEST, "R"],
    [PROXIABLE, "P"],
    [ERROR, "E"],
    [RETRANSMITTED, "T"],
  ]);
}

function avpFlags(flags: number): string {
  return letters(flags, [
    [AvpFlag.VENDOR, "V"],
    [AvpFlag.MANDATORY, "M"],
    [AvpFlag.PROTECTED, "P"],
  ]);
}

function letters(flags: number, bits: readonly (readonly [number, string])[]): string {
  return bits.map(([bit, letter]) => (flags & bit ? letter : "-")).join("");
}
