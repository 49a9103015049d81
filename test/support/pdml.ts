/** Wireshark's PDML as a tree. Nothing but what tshark writes: three elements, attributes in double quotes. */

export interface PdmlNode {
  readonly element: "packet" | "proto" | "field";
  /** Such as "diameter.avp.code"; "" for text that has no field of its own. */
  readonly name: string;
  /** For the reader, such as "AVP Code: 264 Origin-Host". */
  readonly showname: string;
  /** The value printed, such as "264". */
  readonly show: string;
  /** The octets, in hex. */
  readonly value: string;
  readonly children: readonly PdmlNode[];
}

const TAG = /<(\/?)(packet|proto|field)((?:\s+[\w:]+="[^"]*")*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The packets of one capture. */
export function parsePdml(text: string): readonly PdmlNode[] {
  const packets: PdmlNode[] = [];
  const open: PdmlNode[][] = [packets];
  for (const [, closing, element, attributes = "", empty] of text.matchAll(TAG)) {
    if (closing === "/") {
      open.pop();
      continue;
    }
    const children: PdmlNode[] = [];
    open.at(-1)?.push({
      element: element as PdmlNode["element"],
      name: "",
      showname: "",
      show: "",
      value: "",
      ...attributesOf(attributes),
      children,
    });
    if (empty !== "/") open.push(children);
  }
  if (open.length !== 1) throw new Error("the PDML ends within a packet");
  return packets;
}

/** Every node below, and the node itself, in the order of the text. */
export function* walk(node: PdmlNode): Generator<PdmlNode> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name ?? "", unescaped(value ?? "")]),
  );
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}
