/** All messages of a node into a file or a pipe that may be slower than they come. */
import type { MessageTap, TappedMessage } from "../node/taps.js";
import { type CaptureCounts, type PcapngOptions, PcapngWriter } from "./writer.js";

/** Where a capture goes: a `Writable` of Node, or anything that has this. */
export interface CaptureSink {
  /** False says: no more before "drain". */
  write(chunk: Uint8Array): unknown;
  /** Without it, `write` may say what it likes. */
  once?(event: "drain", listener: () => void): unknown;
}

export interface CaptureOptions extends PcapngOptions {
  /** Which messages; all where left out. */
  readonly filter?: ((message: TappedMessage) => boolean) | undefined;
  /**
   * Octets that may wait while the sink is slow; 8 MiB where left out. Messages beyond are dropped and counted, until all that waits has gone.
   */
  readonly maxWaitingBytes?: number | undefined;
}

/** A capture that runs. */
export interface Capture extends Disposable {
  readonly counts: CaptureCounts;
  /** Octets that wait for the sink. */
  readonly waiting: number;
  /** Looks at no more messages, hands over all that waits and the counts; the sink stays open. The second time it only tells the counts. */
  stop(): CaptureCounts;
}

const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/**
 * Captures what a node receives and sends, until `stop()`.
 *
 * ```ts
 * const file = createWriteStream("node.pcapng");
 * const running = capture(node, file);
 * // ...
 * running.stop();
 * file.end();
 * ```
 *
 * The node is never held up: where the sink is slower than the messages come, some are dropped, and the capture says how many and where.
 */
export function capture(
  node: { onMessage(tap: MessageTap): () => void },
  sink: CaptureSink,
  { filter, maxWaitingBytes = MAX_WAITING_BYTES, ...options }: CaptureOptions = {},
): Capture {
  const queue = new Queue(sink);
  const writer = new PcapngWriter((chunk) => queue.write(chunk), options);
  let full = false;
  let stopped = false;
  const off = node.onMessage((message) => {
    if (filter !== undefined && !filter(message)) return;
    // Once full, until empty: one gap and not one at every message.
    full = queue.waiting > 0 && (full || queue.waiting + message.raw.length > maxWaitingBytes);
    if (full) writer.drop();
    else writer.add(message);
  });
  const stop = (): CaptureCounts => {
    if (!stopped) {
      stopped = true;
      off();
      writer.end();
      queue.flush();
    }
    return writer.counts;
  };
  return {
    get counts() {
      return writer.counts;
    },
    get waiting() {
      return queue.waiting;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

/** What waits for "drain". */
class Queue {
  waiting = 0;
  private readonly sink: CaptureSink;
  private chunks: Uint8Array[] = [];
  private blocked = false;

  constructor(sink: CaptureSink) {
    this.sink = sink;
  }

  write(chunk: Uint8Array): void {
    if (this.blocked) {
      this.chunks.push(chunk);
      this.waiting += chunk.length;
      return;
    }
    if (this.sink.write(chunk) !== false || this.sink.once === undefined) return;
    this.blocked = true;
    this.sink.once("drain", () => this.onDrain());
  }

  /** All of it, whatever the sink says. */
  flush(): void {
    for (const chunk of this.taken()) this.sink.write(chunk);
  }

  private onDrain(): void {
    this.blocked = false;
    // Those that are refused again wait again, behind one another as before.
    for (const chunk of this.taken()) this.write(chunk);
  }

  private taken(): Uint8Array[] {
    const { chunks } = this;
    this.chunks = [];
    this.waiting = 0;
    return chunks;
  }
}
