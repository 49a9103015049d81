/** How traced messages are shown: a line each, all of them, as JSON, or as pcapng. */
import { open } from "node:fs/promises";
import { RawMessage } from "@diamgen/runtime";
import { PcapngWriter } from "@diamgen/runtime/capture";
import type { TraceEvent } from "../admin/operations.js";
import { printable } from "../printable.js";
import { put } from "./output.js";
import { messageLine } from "./trace-line.js";

export interface TraceWriter {
  /** Octets so far. */
  readonly bytes: number;
  /** False: nobody reads any more. Rejects with the system's error. */
  add(event: TraceEvent): Promise<boolean>;
  /** So many messages are missing here. */
  drop(count: number): void;
  end(): Promise<void>;
}

class TextWriter implements TraceWriter {
  bytes = 0;
  readonly #text: (event: TraceEvent) => string;

  constructor(text: (event: TraceEvent) => string) {
    this.#text = text;
  }

  add(event: TraceEvent): Promise<boolean> {
    const octets = Buffer.from(this.#text(event));
    this.bytes += octets.length;
    return put(octets);
  }

  drop(count: number): void {
    process.stderr.write(`${count} messages are missing here\n`);
  }

  async end(): Promise<void> {}
}

export function lineWriter(): TraceWriter {
  return new TextWriter((event) => `${messageLine(event)}\n`);
}

export function jsonWriter(): TraceWriter {
  return new TextWriter((event) => `${JSON.stringify(event)}\n`);
}

/** As `diamgen decode`, by the server's dictionaries and these. Rejects with a ConfigError. */
export async function decodingWriter(dictionaries: readonly string[]): Promise<TraceWriter> {
  const { explainer } = await import("@diamgen/dictionary");
  const { wholeDictionary } = await import("../service/dictionaries.js");
  const explain = explainer(await wholeDictionary(dictionaries));
  return new TextWriter((event) => {
    const { time, direction, peer } = event;
    const arrow = direction === "in" ? "<-" : "->";
    return `${new Date(time).toISOString()} ${arrow} ${printable(peer ?? "")}\n${explain(rawOf(event)).text}\n`;
  });
}

/** "-" for standard output. A file is made anew, for its owner alone. Rejects with the system's error. */
export async function pcapWriter(path: string): Promise<TraceWriter> {
  const file = path === "-" ? undefined : await open(path, "w", 0o600);
  const write = async (octets: Uint8Array): Promise<boolean> => {
    if (file === undefined) return put(octets);
    await file.write(octets);
    return true;
  };
  return PcapFile.begin(write, async () => file?.close());
}

class PcapFile implements TraceWriter {
  bytes = 0;
  readonly #write: (octets: Uint8Array) => Promise<boolean>;
  readonly #close: () => Promise<void>;
  #comment: string | undefined;
  readonly #waiting: Uint8Array[] = [];
  readonly #writer = new PcapngWriter((chunk) => this.#waiting.push(chunk), {
    name: "diamgen-server",
    comment: () => this.#comment,
  });

  constructor(write: (octets: Uint8Array) => Promise<boolean>, close: () => Promise<void>) {
    this.#write = write;
    this.#close = close;
  }

  /** With the head of the file written: whoever reads a pipe waits for it. */
  static async begin(write: (octets: Uint8Array) => Promise<boolean>, close: () => Promise<void>): Promise<PcapFile> {
    const file = new PcapFile(write, close);
    await file.#flush();
    return file;
  }

  add(event: TraceEvent): Promise<boolean> {
    const { direction, time, local, remote, transport, peer, protocol } = event;
    // As a capture of the runtime has it.
    this.#comment = [peer, protocol].filter((part) => part !== undefined).join(", ") || undefined;
    this.#writer.add({ direction, time, connection: { local, remote, transport }, raw: rawOf(event) });
    return this.#flush();
  }

  drop(count: number): void {
    for (let i = 0; i < count; i++) this.#writer.drop();
  }

  async end(): Promise<void> {
    this.#writer.end();
    await this.#flush();
    await this.#close();
  }

  #flush(): Promise<boolean> {
    const octets = Buffer.concat(this.#waiting.splice(0));
    this.bytes += octets.length;
    return this.#write(octets);
  }
}

function rawOf({ octets }: TraceEvent): RawMessage {
  return RawMessage.from(Buffer.from(octets, "base64"));
}
