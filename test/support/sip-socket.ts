/** The least of SIP (RFC 3261) over UDP that a test needs: requests go out, whatever comes is kept. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface SipMessage {
  /** "REGISTER sip:... SIP/2.0" or "SIP/2.0 401 Unauthorized". */
  readonly start: string;
  /** By name as it was written; the first of each. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of a response. */
  readonly status: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;

export class SipSocket implements AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly messages: SipMessage[] = [];
  private readonly socket: Socket;
  private readonly wakes = new Set<() => void>();
  private sent = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.port = socket.address().port;
    socket.on("message", (octets) => {
      this.messages.push(parse(octets.toString()));
      for (const wake of this.wakes) wake();
    });
  }

  static async open(): Promise<SipSocket> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new SipSocket(socket);
  }

  /** Sends a request to a port on this machine; returns its Call-ID. */
  request(
    port: number,
    method: string,
    uri: string,
    user: string,
    headers: Readonly<Record<string, string>> = {},
  ): string {
    const id = ++this.sent;
    const callId = `${this.port}-${id}`;
    const lines = {
      Via: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-${callId}`,
      "Max-Forwards": "70",
      From: `<${user}>;tag=${id}`,
      To: `<${method === "REGISTER" ? user : uri}>`,
      "Call-ID": callId,
      CSeq: `1 ${method}`,
      Contact: `<sip:127.0.0.1:${this.port}>`,
      ...headers,
      "Content-Length": "0",
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.send(`${method} ${uri} SIP/2.0\r\n${text.join("")}\r\n`, port, "127.0.0.1");
    return callId;
  }

  /** The first message of that Call-ID; of responses a final one. */
  async next(callId: string): Promise<SipMessage> {
    const find = () =>
      this.messages.find(({ headers, status }) => headers.get("Call-ID") === callId && (status ?? 200) >= 200);
    const signal = AbortSignal.timeout(DEFAULT_TIMEOUT_MS);
    for (let message = find(); ; message = find()) {
      if (message !== undefined) return message;
      await new Promise<void>((resolve, reject) => {
        const wake = () => {
          this.wakes.delete(wake);
          if (signal.aborted) reject(new Error(`nothing came for Call-ID ${callId} within ${DEFAULT_TIMEOUT_MS} ms`));
          else resolve();
        };
        this.wakes.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await once(this.socket, "close");
  }
}

function parse(text: string): SipMessage {
  const [start = "", ...lines] = text.split("\r\n\r\n")[0]?.split("\r\n") ?? [];
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  const status = /^SIP\/2\.0 (\d{3})/.exec(start)?.[1];
  return { start, headers, status: status === undefined ? undefined : Number(status) };
}
