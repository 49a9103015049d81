/**
 * Wireshark as a judge of what we send. text2pcap wraps the messages in TCP, tshark dissects them by dictionaries
 * that others wrote.
 *
 * ```ts
 * describeWith(tsharkRequirements, "tshark reads our CER", () => {
 *   test("without a complaint", async () => {
 *     const [cer] = await expectClean([{ from: "a", bytes }]);
 *     expect(cer.avp("Origin-Host")?.show).toBe("client.diameter.test");
 *   });
 * });
 * ```
 *
 * What Wireshark checks: lengths, the size and form of values by data format, whether it knows command, application
 * and AVP. What it does not check: grammars, AVP flags, order.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type PdmlNode, parsePdml, walk } from "./pdml.js";
import { run } from "./process.js";
import { requireTool } from "./requirement.js";

export const tsharkRequirements = [requireTool("tshark"), requireTool("text2pcap")];

/** One message; `from` is the side of the connection that sends it, "a" where left out. The listening side is "b". */
export interface SentMessage {
  readonly from?: "a" | "b";
  readonly bytes: Uint8Array;
}

export interface Complaint {
  readonly severity: "note" | "warning" | "error";
  /** Such as "Unknown AVP 1 (vendor=ciscoSystems), if you know ...". */
  readonly text: string;
}

export interface TsharkAvp {
  /** By Wireshark's dictionary; "Unknown" where it has none. */
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  readonly flags: number;
  readonly length: number;
  /** The value as Wireshark prints it: "2001", "client.diameter.test", "00:01:ff" for octets. */
  readonly show: string;
  /** For the reader: "Result-Code: DIAMETER_SUCCESS (2001)". */
  readonly showname: string;
  /** The data in hex, without padding. */
  readonly hex: string;
  /** Of a grouped AVP. */
  readonly avps: readonly TsharkAvp[];
}

export interface TsharkMessage {
  /** Such as "Capabilities-Exchange". */
  readonly command: string;
  /** Such as "Diameter Common Messages". */
  readonly application: string;
  readonly code: number;
  readonly applicationId: number;
  readonly flags: number;
  readonly avps: readonly TsharkAvp[];
  /** From severity "note" upwards; malformed packets included. */
  readonly complaints: readonly Complaint[];
  /** The first AVP of that name, at the top level. */
  avp(name: string): TsharkAvp | undefined;
}

/**
 * What Wireshark 4.0 does not know and real peers send: `expectClean` lets these pass.
 *
 * OpenSIPS's own AVPs (codes 200-235 of vendor 0) need no entry: Wireshark names these codes after RADIUS
 * ("Experimental-Use-204", "Implementation-Specific-227") and shows octets.
 */
export const UNKNOWN_TO_WIRESHARK: readonly RegExp[] = [
  // Cisco-AVPair (1, vendor 9), which OpenSIPS sends in every MAR: "call-id=..."
  /^Unknown AVP 1 \(vendor=ciscoSystems\)/,
];

const PORT = 3868;
const SEVERITY: Readonly<Record<number, Complaint["severity"]>> = {
  4194304: "note", // 0x00400000
  6291456: "warning", // 0x00600000
  8388608: "error", // 0x00800000
};
/** An IPv4 packet holds 65535 octets; tshark puts longer messages together again. */
const SEGMENT = 60_000;

/** One packet of a capture of ours, as Wireshark shows it. */
export interface TsharkPacket {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** "" where the packet has none. */
  readonly comment: string;
  /** Fields by name, whichever protocol's: the first of each, such as "exported_pdu.src_port". */
  readonly fields: ReadonlyMap<string, string>;
  /** Protocols in order; "_ws.malformed" and "_ws.short" where Wireshark could not read on. */
  readonly protocols: readonly string[];
  readonly messages: readonly TsharkMessage[];
}

/** What tshark makes of a capture that is there already; without being told a port. */
export async function readCapture(file: string): Promise<readonly TsharkPacket[]> {
  const folder = await mkdtemp(join(tmpdir(), "diamgen-tshark-"));
  try {
    return parsePdml(await succeed("tshark", ["-r", file, "-T", "pdml"], folder)).map(packetOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function packetOf(packet: PdmlNode): TsharkPacket {
  const fields = new Map<string, string>();
  for (const { element, name, show } of walk(packet)) {
    if (element === "field" && !fields.has(name)) fields.set(name, show);
  }
  return {
    time: Math.round(Number(fields.get("frame.time_epoch")) * 1000),
    comment: fields.get("frame.comment") ?? "",
    fields,
    protocols: [...walk(packet)].filter(({ element }) => element === "proto").map(({ name }) => name),
    messages: packet.children.filter(({ name }) => name === "diameter").map(messageOf),
  };
}

/** What tshark makes of these messages, sent in this order over one TCP connection; one result per message. */
export async function tshark(messages: readonly SentMessage[]): Promise<readonly TsharkMessage[]> {
  const folder = await mkdtemp(join(tmpdir(), "diamgen-tshark-"));
  try {
    const [hexdump, capture] = [join(folder, "messages.txt"), join(folder, "messages.pcapng")];
    await writeFile(hexdump, messages.map(hexdumpOf).join("\n"));
    const addresses = ["-D", "-4", "127.0.0.1,127.0.0.2", "-T", `40000,${PORT}`];
    await succeed("text2pcap", ["-q", ...addresses, hexdump, capture], folder);
    const pdml = await succeed("tshark", ["-r", capture, "-d", `tcp.port==${PORT},diameter`, "-T", "pdml"], folder);
    const packets = parsePdml(pdml);
    const protocols = packets.flatMap(({ children }) => children.filter(({ name }) => name === "diameter"));
    if (protocols.length !== messages.length) {
      const found = protocols.map((protocol) => messageOf(protocol).command).join(", ");
      throw new Error(`tshark sees ${protocols.length} Diameter messages in ${messages.length}: ${found}`);
    }
    return protocols.map(messageOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Fails where tshark has a complaint of severity "warning" or "error" that `allowed` does not name
 * (by default what Wireshark is known not to know). Gives what tshark read.
 */
export async function expectClean(
  messages: readonly (SentMessage | Uint8Array)[],
  allowed: readonly RegExp[] = UNKNOWN_TO_WIRESHARK,
): Promise<readonly TsharkMessage[]> {
  const dissected = await tshark(messages.map((message) => ("bytes" in message ? message : { bytes: message })));
  const complaints = dissected.flatMap((message, index) =>
    message.complaints
      .filter(({ severity, text }) => severity !== "note" && !allowed.some((pattern) => pattern.test(text)))
      .map(({ severity, text }) => `message ${index + 1}, ${message.command}: ${severity}: ${text}`),
  );
  expect(complaints, "complaints of tshark").toEqual([]);
  return dissected;
}

async function succeed(name: string, args: readonly string[], folder: string): Promise<string> {
  const { path, reason } = requireTool(name);
  if (path === "") throw new Error(reason);
  // An empty configuration folder: no preferences of whoever runs the tests.
  const { code, stdout, output } = await run(path, args, { env: { WIRESHARK_CONFIG_DIR: folder } });
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output.slice(-2_000)}`);
  return stdout;
}

/** text2pcap's input; with -D, "I" is the direction of the addresses as given and "O" the other one. */
function hexdumpOf({ from = "a", bytes }: SentMessage): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += SEGMENT) {
    const segment = bytes.subarray(start, start + SEGMENT);
    lines.push(from === "a" ? "I" : "O");
    for (let at = 0; at < segment.length; at += 16) {
      const octets = [...segment.subarray(at, at + 16)].map((octet) => octet.toString(16).padStart(2, "0"));
      lines.push(`${at.toString(16).padStart(6, "0")} ${octets.join(" ")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function messageOf(protocol: PdmlNode): TsharkMessage {
  const avps = avpsOf(protocol);
  return {
    command: nameIn(child(protocol, "diameter.cmd.code")),
    application: nameIn(child(protocol, "diameter.applicationId")),
    code: Number(child(protocol, "diameter.cmd.code")?.show),
    applicationId: Number(child(protocol, "diameter.applicationId")?.show),
    flags: Number(child(protocol, "diameter.flags")?.show),
    avps,
    complaints: complaintsOf(protocol),
    avp: (name) => avps.find((avp) => avp.name === name),
  };
}

function avpsOf(parent: PdmlNode): readonly TsharkAvp[] {
  return parent.children.filter(({ name }) => name === "diameter.avp").map(avpOf);
}

function avpOf(avp: PdmlNode): TsharkAvp {
  const code = child(avp, "diameter.avp.code");
  // "diameter.Result-Code" for an AVP that the dictionary knows, "diameter.avp.unknown" for another.
  const value = avp.children.find(({ name }) => !HEADER_FIELDS.has(name));
  return {
    name: code?.showname.replace(/^AVP Code: \d+ /, "") ?? "",
    code: Number(code?.show),
    vendorId: Number(child(avp, "diameter.avp.vendorId")?.show ?? 0),
    flags: Number(child(avp, "diameter.avp.flags")?.show),
    length: Number(child(avp, "diameter.avp.len")?.show),
    show: value?.show ?? "",
    showname: value?.showname ?? "",
    hex: value?.value ?? "",
    avps: value === undefined ? [] : avpsOf(value),
  };
}

const HEADER_FIELDS: ReadonlySet<string> = new Set([
  "diameter.avp.code",
  "diameter.avp.flags",
  "diameter.avp.len",
  "diameter.avp.vendorId",
  "diameter.avp.pad",
  "_ws.expert",
  "",
]);

function complaintsOf(protocol: PdmlNode): readonly Complaint[] {
  const complaints: Complaint[] = [];
  for (const node of walk(protocol)) {
    if (node.name === "_ws.malformed") complaints.push({ severity: "error", text: node.showname });
    if (node.name !== "_ws.expert") continue;
    const severity = SEVERITY[Number(child(node, "_ws.expert.severity")?.show)];
    const text = child(node, "_ws.expert.message")?.show ?? node.showname;
    if (severity !== undefined) complaints.push({ severity, text });
  }
  return complaints;
}

function child(node: PdmlNode, name: string): PdmlNode | undefined {
  return node.children.find((candidate) => candidate.name === name);
}

/** "Capabilities-Exchange" of "Command Code: Capabilities-Exchange (257)". */
function nameIn(node: PdmlNode | undefined): string {
  return node?.showname.replace(/^[^:]*: /, "").replace(/ \(\d+\)$/, "") ?? "";
}
