/**
 * A bare Diameter peer over TCP that knows frames only (a 3-octet length) and nothing of the code under test.
 *
 * ```ts
 * await using client = await RawClient.connect(port);
 * const answer = dissect(await client.exchange(golden("opensips-3.2-auth", 1).hex));
 * ```
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { withIdentifiers } from "./dissect.js";

export interface Deadline {
  /** Milliseconds; 5000 where left out. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;

interface Waiter {
  readonly resolve: (message: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** Resolves once the connection is closed, by whichever side; never rejects. */
  readonly closed: Promise<void>;
  private buffered: Buffer = Buffer.alloc(0);
  private readonly messages: Buffer[] = [];
  private readonly waiters: Waiter[] = [];
  private failure: Error | undefined;
  private nextHopByHop = 1;

  /** Over a connected socket; `RawClient.connect` and `RawListener.accept` make these. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (error) => this.fail(error));
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.fail(new Error("the peer closed the connection"));
        resolve();
      });
    });
  }

  static async connect(port: number, options: Deadline & { readonly host?: string } = {}): Promise<RawClient> {
    const { host = "127.0.0.1", timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const socket = connect({ host, port });
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(timeoutMs) });
    } catch (cause) {
      socket.destroy();
      throw new Error(`no connection to ${host}:${port}`, { cause });
    }
    return new RawClient(socket);
  }

  /** Sends octets as they are, well-formed or not. A string is hex. */
  send(message: Uint8Array | string): void {
    this.socket.write(octets(message));
  }

  /** The next message that nobody has taken yet; rejects after the deadline and once the connection is closed. */
  async next({ timeoutMs = DEFAULT_TIMEOUT_MS }: Deadline = {}): Promise<Buffer> {
    const message = this.messages.shift();
    if (message !== undefined) return message;
    if (this.failure !== undefined) throw new Error("no further message", { cause: this.failure });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new Error(`no message within ${timeoutMs} ms`));
      }, timeoutMs);
      const waiter: Waiter = {
        resolve: (received) => {
          clearTimeout(timer);
          resolve(received);
        },
        reject: (cause) => {
          clearTimeout(timer);
          reject(new Error("no further message", { cause }));
        },
      };
      this.waiters.push(waiter);
    });
  }

  /** The next message of that command and kind; what comes before it is dropped. */
  async nextOf(code: number, kind: "request" | "answer", deadline: Deadline = {}): Promise<Buffer> {
    const end = Date.now() + (deadline.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    for (;;) {
      const message = await this.next({ timeoutMs: Math.max(1, end - Date.now()) });
      const request = (message.readUInt8(4) & 0x80) !== 0;
      if (message.readUIntBE(5, 3) === code && request === (kind === "request")) return message;
    }
  }

  /**
   * Sends a request with a Hop-by-Hop Identifier of our own (its End-to-End Identifier stays) and waits for the answer
   * with it. Messages that come between are kept for `next`.
   */
  async exchange(request: Uint8Array | string, deadline: Deadline = {}): Promise<Buffer> {
    const hopByHop = this.nextHopByHop++;
    this.send(withIdentifiers(octets(request), { hopByHop }));
    const end = Date.now() + (deadline.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const between: Buffer[] = [];
    try {
      for (;;) {
        const message = await this.next({ timeoutMs: Math.max(1, end - Date.now()) });
        const answer = (message.readUInt8(4) & 0x80) === 0;
        if (answer && message.readUInt32BE(12) === hopByHop) return message;
        between.push(message);
      }
    } finally {
      this.messages.unshift(...between);
    }
  }

  /** Rejects unless the connection is closed within the deadline. */
  async waitClosed({ timeoutMs = DEFAULT_TIMEOUT_MS }: Deadline = {}): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the connection is still open after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Half-closes: sends FIN, still reads. */
  end(): void {
    this.socket.end();
  }

  /** Closes at once, with RST where `reset` is set. */
  async close({ reset = false }: { readonly reset?: boolean } = {}): Promise<void> {
    if (reset) this.socket.resetAndDestroy();
    else this.socket.destroy();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private receive(chunk: Buffer): void {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    while (this.buffered.length >= 4) {
      const length = this.buffered.readUIntBE(1, 3);
      if (length < 20) {
        this.fail(new Error(`the peer sent a Message Length of ${length}`));
        this.socket.destroy();
        return;
      }
      if (this.buffered.length < length) return;
      const message = Buffer.from(this.buffered.subarray(0, length));
      this.buffered = this.buffered.subarray(length);
      const waiter = this.waiters.shift();
      if (waiter === undefined) this.messages.push(message);
      else waiter.resolve(message);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.failure);
  }
}

function octets(message: Uint8Array | string): Uint8Array {
  return typeof message === "string" ? Buffer.from(message, "hex") : message;
}
