/**
 * What has become of each record, so that a crash loses none and sends none as if it were new: one JSON object a line, on the disk before the
 * next step. A record that was being sent when the program ended may have been stored: it goes out again under its Session-Id and with
 * the T bit, and the server knows it again (RFC 6733 section 9.4).
 */
import { type FileHandle, open, readFile } from "node:fs/promises";

export type State = "sending" | "acknowledged" | "refused";

interface Entry {
  readonly callId: string;
  readonly state: State;
  readonly sessionId: string;
}

export class Journal implements AsyncDisposable {
  private readonly file: FileHandle;
  private readonly entries: Map<string, Entry>;

  private constructor(file: FileHandle, entries: Map<string, Entry>) {
    this.file = file;
    this.entries = entries;
  }

  static async open(path: string): Promise<Journal> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    // What stands behind the last line break was being written in the crash; its step was not taken.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const lines = whole.split("\n").filter((line) => line !== "");
    const entries = new Map(lines.map((line) => JSON.parse(line) as Entry).map((entry) => [entry.callId, entry]));
    const file = await open(path, "a");
    await file.truncate(Buffer.byteLength(whole));
    return new Journal(file, entries);
  }

  of(callId: string): Entry | undefined {
    return this.entries.get(callId);
  }

  count(state: State): number {
    return [...this.entries.values()].filter((entry) => entry.state === state).length;
  }

  /** Resolves when it is on the disk. */
  async write(entry: Entry): Promise<void> {
    this.entries.set(entry.callId, entry);
    await this.file.appendFile(`${JSON.stringify(entry)}\n`);
    await this.file.datasync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }
}
