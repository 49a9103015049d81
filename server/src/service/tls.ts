/** The certificates that the configuration names, as the runtime takes them. */
import { readFile } from "node:fs/promises";
import { ConfigurationError, TlsCredentials, type TlsOptions } from "@diamgen/runtime";
import { ConfigError, problem } from "../config/diagnostics.js";
import type { TlsSettings } from "../config/schema/tls.js";

/** Rejects with a ConfigError where a file cannot be read, or holds something else. */
export async function loadTls(settings: TlsSettings | undefined): Promise<TlsOptions | undefined> {
  if (settings === undefined) return undefined;
  const { certificate, key, ca, crl, minVersion } = settings;
  const options: TlsOptions = {
    cert: await pem(certificate),
    key: await pem(key),
    ca: await Promise.all(ca.map(pem)),
    ...(crl.length > 0 && { crl: await Promise.all(crl.map(pem)) }),
    minVersion,
  };
  try {
    new TlsCredentials(options);
  } catch (error) {
    if (error instanceof ConfigurationError) throw unusable(certificate, error.message);
    throw error;
  }
  return options;
}

async function pem(file: string): Promise<Buffer> {
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
function unusable(file: string, message: string): ConfigError {
  return new ConfigError([problem("CF1010", { file, line: 1, column: 1 }, message)], new Map());
}
