/** The database that the configuration names, as the stores take it: what it names files for is read. */
import { createSecureContext } from "node:tls";
import type { DatabaseTlsSettings } from "../config/schema/database-tls.js";
import type { Config } from "../config/schema/index.js";
import type { DatabaseOptions, DatabaseTls } from "../store/options.js";
import { pem, unusable } from "./pem.js";

/** Rejects with a ConfigError where a file of TLS cannot be used. */
export async function databaseOptions(settings: Config["database"]): Promise<DatabaseOptions> {
  if (settings.type === "sqlite") return settings;
  const { tls, ...rest } = settings;
  return { ...rest, ...(tls !== undefined && { tls: await tlsOf(tls) }) };
}

async function tlsOf({ ca, certificate, key, serverName }: DatabaseTlsSettings): Promise<DatabaseTls> {
  const trusted = ca === undefined ? undefined : (await Promise.all(ca.map(pem))).join("\n");
  checked(ca?.[0], { ca: trusted });
  const own = { cert: await text(certificate), key: await text(key) };
  checked(certificate, own);
  return { ca: trusted, ...own, servername: serverName };
}

const text = async (file: string | undefined) => (file === undefined ? undefined : String(await pem(file)));

/** Now, and not when the first connection is made. */
function checked(
  file: string | undefined,
  content: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
) {
  if (file === undefined) return;
  try {
    createSecureContext(content);
  } catch (error) {
    throw unusable(file, `cannot be used: ${(error as Error).message}`);
  }
}
