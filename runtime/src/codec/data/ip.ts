/** IP addresses as octets and as text, without `node:net`: the codec runs in browsers too. */

/** "192.0.2.1" from the four octets at `at`. */
export function formatIPv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The canonical form of RFC 5952 ("2001:db8::1", "::ffff:192.0.2.1") from the sixteen octets at `at`. */
export function formatIPv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[at + i] as number) << 8) | (bytes[at + i + 1] as number));
  const { start, length } = longestZeros(groups);
  // Section 5: IPv4-mapped addresses keep their dotted form.
  if (start === 0 && length === 5 && groups[5] === 0xffff) return `::ffff:${formatIPv4(bytes, at + 12)}`;
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/** The first of the longest runs of zero groups: RFC 5952 section 4.2.3. */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** Writes four octets at `at`; false, with nothing written, where the text is no IPv4 address. Leading zeros are refused: some read them as octal. */
export function parseIPv4(text: string, bytes: Uint8Array, at: number): boolean {
  const n = text.length;
  let value = -1;
  let dots = 0;
  let octets = 0;
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i) - 48;
    if (c === -2) {
      if (value < 0 || ++dots > 3) return false;
      octets = (octets << 8) | value;
      value = -1;
    } else {
      // No leading zeros: some read them as octal.
      if (c < 0 || c > 9 || value === 0) return false;
      value = value < 0 ? c : value * 10 + c;
      if (value > 255) return false;
    }
  }
  if (value < 0 || dots !== 3) return false;
  bytes[at] = octets >>> 16;
  bytes[at + 1] = octets >>> 8;
  bytes[at + 2] = octets;
  bytes[at + 3] = value;
  return true;
}

const GROUP = /^[0-9a-f]{1,4}$/i;

/** Writes sixteen octets at `at`; false, with nothing written, where the text is no IPv6 address. All forms of RFC 4291 section 2.2, without a zone. */
export function parseIPv6(text: string, bytes: Uint8Array, at: number): boolean {
  if (text.length > 45) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const head = groupsOf(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] as string, true) : [];
  if (head === undefined || tail === undefined) return false;
  const zeros = 8 - head.length - tail.length;
  // "::" stands for one group at least.
  if (halves.length === 2 ? zeros < 1 : zeros !== 0) return false;
  for (const group of [...head, ...new Array<number>(zeros).fill(0), ...tail]) {
    bytes[at++] = group >> 8;
    bytes[at++] = group & 0xff;
  }
  return true;
}

/** Groups between colons; the last two may be an IPv4 address where the text ends with them. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const octets = new Uint8Array(4);
      if (!atEnd || i !== parts.length - 1 || !parseIPv4(part, octets, 0)) return undefined;
      const [a, b, c, d] = octets as unknown as [number, number, number, number];
      groups.push((a << 8) | b, (c << 8) | d);
    }
  }
  return groups;
}
