/** As much of SIP (RFC 3261) as a registrar needs: a request is read, a response written. Over UDP a message is a datagram. */

export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  /** Values by name in lower case, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** Section 7.3.3: short names. */
const COMPACT: Readonly<Record<string, string>> = { v: "via", f: "from", t: "to", i: "call-id", m: "contact" };

/** What a response repeats: section 8.2.6.2. */
const REPEATED = ["Via", "From", "To", "Call-ID", "CSeq"] as const;

/** undefined for what is no request, or lacks what every request has. */
export function parseRequest(text: string): SipRequest | undefined {
  const [start = "", ...lines] = text
    .split("\r\n\r\n", 1)[0]!
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const [, method, uri] = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start) ?? [];
  if (method === undefined || uri === undefined) return undefined;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, written = "", value = ""] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const name = COMPACT[written.toLowerCase()] ?? written.toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return REPEATED.every((name) => headers.has(name.toLowerCase())) ? { method, uri, headers } : undefined;
}

export function header(request: SipRequest, name: string): string | undefined {
  return request.headers.get(name)?.[0];
}

/** @param status "401 Unauthorized" */
export function response(request: SipRequest, status: string, further: Readonly<Record<string, string>> = {}): string {
  const lines = [`SIP/2.0 ${status}`];
  for (const name of REPEATED)
    for (const value of request.headers.get(name.toLowerCase()) ?? [])
      lines.push(`${name}: ${name === "To" && !value.includes(";tag=") ? `${value};tag=registrar` : value}`);
  for (const [name, value] of Object.entries(further)) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`;
}

/** The parameters of `Digest username="alice", nc=00000001, ...`, names in lower case. */
export function digestParameters(value: string): Readonly<Record<string, string>> {
  const pairs = value.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries(
    [...pairs].map(([, name = "", quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? ""]),
  );
}
