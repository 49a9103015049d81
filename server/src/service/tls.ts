/** The certificates that the configuration names, as the runtime takes them. */
import { ConfigurationError, TlsCredentials, type TlsOptions } from "@diamgen/runtime";
import type { TlsSettings } from "../config/schema/tls.js";
import { pem, unusable } from "./pem.js";

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
