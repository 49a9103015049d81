/** Certificates by openssl, for tests of TLS and for programs that do not start without one. */

import { join } from "node:path";
import { run } from "./process.js";
import { requireTool } from "./require.js";

export interface Certificate {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
}

/** A certification authority of its own: `certificate` is what others trust, `issue` makes certificates of hosts. */
export interface Authority extends Certificate {
  issue(host: string): Promise<Certificate>;
}

/** A self-signed certificate for one host name: <host>.cert.pem and <host>.key.pem in the folder. */
export async function selfSigned(host: string, folder: string): Promise<Certificate> {
  return create(host, folder, ["-addext", `subjectAltName=DNS:${host}`]);
}

/** An authority whose files, and those of the certificates that it issues, are written to the folder. */
export async function createAuthority(folder: string): Promise<Authority> {
  const authority = await create("authority", folder, ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
  const signer = ["-CA", authority.certificate, "-CAkey", authority.key];
  return {
    ...authority,
    issue: (host) =>
      create(host, folder, [
        ...signer,
        ...["-addext", `subjectAltName=DNS:${host}`],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ]),
  };
}

async function create(name: string, folder: string, options: readonly string[]): Promise<Certificate> {
  const { path, reason } = requireTool("openssl");
  if (path === "") throw new Error(reason);
  const [certificate, key] = [join(folder, `${name}.cert.pem`), join(folder, `${name}.key.pem`)];
  const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-subj", `/CN=${name}`, "-days", "30"];
  const files = ["-keyout", key, "-out", certificate];
  const { code, output } = await run(path, ["req", "-x509", ...algorithm, ...subject, ...options, ...files]);
  if (code !== 0) throw new Error(`openssl ended with ${code}:\n${output}`);
  return { certificate, key };
}
