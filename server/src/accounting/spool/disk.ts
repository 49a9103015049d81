/** Files whose content and names survive the power. */

import { type FileHandle, open } from "node:fs/promises";
import { StoreError } from "../../store/store-error.js";

/** Whoever makes, renames or removes a file must sync the folder too: the name is the folder's content. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** All of it: a write may take less. */
export async function writeAll(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}

/** Node's error of a file as ours: a full disk or quota, or a file that may not grow, is STORE_FULL. */
export function diskError(thrown: unknown, doing: string): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StoreError(full ? "STORE_FULL" : "STORE_UNAVAILABLE", `${doing}: ${message}`, { cause: thrown });
}
