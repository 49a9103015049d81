/** Files of the disk: their content, and where they lie. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { XML_LIMITS } from "../read/xml/limits.js";

/** Devices, pipes and huge files would never end, or end us. */
export async function readFromDisk(file: string): Promise<Uint8Array> {
  const status = await stat(file);
  if (!status.isFile()) throw new Error("not a file");
  if (status.size > XML_LIMITS.fileSize) {
    throw new Error(`${status.size} bytes; ${XML_LIMITS.fileSize} are read at most`);
  }
  return readFile(file);
}

/** Undefined where it is not UTF-8. */
export function decode(content: string | Uint8Array): string | undefined {
  if (typeof content === "string") return content;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(path.resolve(folder), path.resolve(file));
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Of one text that of its octets; of more, of one after the other. */
export function sha256(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text, "utf8");
  return hash.digest("hex");
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
