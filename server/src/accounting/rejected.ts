/** Records that a sink will never take, in a file of their own: for people, who find out why. */

import { appendFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../store/store-error.js";
import { diskError, syncFolder } from "./spool/disk.js";

export interface RejectedRecord {
  readonly file: string;
  readonly error: unknown;
}

export interface RejectedOptions {
  /** Where `rejected.jsonl` is. */
  readonly folder: string;
  /** Octets at most: whoever sends such records does not get to fill the disk. */
  readonly maxBytes: number;
  readonly onRejected: (rejected: RejectedRecord) => void;
}

export class Rejected {
  readonly #options: RejectedOptions;

  constructor(options: RejectedOptions) {
    this.#options = options;
  }

  /** Resolves when it is on the disk. Rejects with a StoreError. */
  async add(payload: Uint8Array, error: unknown): Promise<void> {
    const { folder, maxBytes, onRejected } = this.#options;
    const file = join(folder, "rejected.jsonl");
    try {
      const size = (await stat(file).catch(() => undefined))?.size ?? 0;
      if (size + payload.length > maxBytes) throw new StoreError("STORE_FULL", `${file} has ${size} octets`);
      await appendFile(file, Buffer.concat([payload, Buffer.from("\n")]), { mode: 0o600, flush: true });
      if (size === 0) await syncFolder(folder);
    } catch (thrown) {
      throw diskError(thrown, file);
    }
    onRejected({ file, error });
  }
}
