/** Files of certificates and keys that the configuration names. */
import { readFile } from "node:fs/promises";
import { ConfigError, problem } from "../config/diagnostics.js";

/** Rejects with a ConfigError where a file cannot be read, or holds something else. */
export async function pem(file: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    throw unusable(file, `cannot be read: ${(error as Error).message}`);
  }
  if (!content.includes("-----BEGIN ")) throw unusable(file, "is not PEM");
  return content;
}

/** Without the text of the file: it may be a key. */
export function unusable(file: string, message: string): ConfigError {
  return new ConfigError([problem("CF1010", { file, line: 1, column: 1 }, message)], new Map());
}
