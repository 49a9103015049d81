/** Certificates by openssl, for tests of TLS and for programs that do not start without one. */

import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./process.js";
import { requireTool } from "./requirement.js";

export interface Certificate {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  /** subjectAltName as openssl writes it; "DNS:<host>" where left out, none at all for "". */
  readonly subjectAltName?: string;
  /** The CN; the host where left out. */
  readonly commonName?: string;
  /** Valid for a day of the year 2020. */
  readonly expired?: boolean;
  /** Name of the files; the host where left out. */
  readonly file?: string;
}

/** A certification authority of its own: `certificate` is what others trust, `issue` makes certificates of hosts. */
export interface Authority extends Certificate {
  issue(host: string, options?: IssueOptions): Promise<Certificate>;
  /** A list of those that it has revoked: PEM. */
  revoke(...certificates: readonly Certificate[]): Promise<string>;
}

const REQUEST = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A self-signed certificate for one host name: <host>.cert.pem and <host>.key.pem in the folder. */
export async function selfSigned(host: string, folder: string): Promise<Certificate> {
  return create(host, folder, ["-addext", `subjectAltName=DNS:${host}`]);
}

/**
 * An authority whose files, and those of the certificates that it issues, are written to the folder.
 *
 * @param by the authority that signs its certificate; itself where left out
 */
export async function createAuthority(folder: string, name = "authority", by?: Certificate): Promise<Authority> {
  const signer = by === undefined ? [] : ["-CA", by.certificate, "-CAkey", by.key];
  const authority = await create(name, folder, [...signer, "-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
  return {
    ...authority,
    issue: (host, options = {}) => {
      const { subjectAltName = `DNS:${host}`, commonName = host, file = host } = options;
      if (options.expired) return expired(host, folder, authority);
      const names = subjectAltName === "" ? [] : ["-addext", `subjectAltName=${subjectAltName}`];
      const signer = ["-CA", authority.certificate, "-CAkey", authority.key];
      return create(file, folder, [...signer, ...names, "-addext", "basicConstraints=critical,CA:FALSE"], commonName);
    },
    revoke: (...certificates) => revocationList(folder, authority, certificates),
  };
}

/** What TLS options take, for a certificate and who is trusted. */
export function pemOf(certificate: Certificate, trust: Certificate): { cert: string; key: string; ca: string } {
  return {
    cert: readFileSync(certificate.certificate, "utf8"),
    key: readFileSync(certificate.key, "utf8"),
    ca: readFileSync(trust.certificate, "utf8"),
  };
}

async function create(
  name: string,
  folder: string,
  options: readonly string[],
  commonName = name,
): Promise<Certificate> {
  const files = filesOf(name, folder);
  const subject = ["-subj", `/CN=${commonName}`, "-days", "30"];
  await openssl(["req", "-x509", ...REQUEST, ...subject, ...options, "-keyout", files.key, "-out", files.certificate]);
  return files;
}

/** Only `openssl ca` takes dates, and it wants its files. */
async function expired(host: string, folder: string, authority: Certificate): Promise<Certificate> {
  const name = `expired-${host}`;
  const files = filesOf(name, folder);
  const [request, config, database] = ["csr", "cnf", "db"].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  await openssl(["req", ...REQUEST, "-subj", `/CN=${host}`, "-keyout", files.key, "-out", request]);
  await writeFile(database, "");
  await writeFile(
    config,
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${database}\nnew_certs_dir = ${folder}\nrand_serial = yes\npolicy = any\ndefault_md = sha256\n[any]\ncommonName = supplied\n[names]\nsubjectAltName = DNS:${host}\n`,
  );
  await openssl([
    ...["ca", "-batch", "-config", config, "-in", request, "-out", files.certificate, "-notext"],
    ...["-cert", authority.certificate, "-keyfile", authority.key, "-extensions", "names"],
    ...["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"],
  ]);
  return files;
}

/** Only `openssl ca` makes lists, and it wants its files. */
async function revocationList(
  folder: string,
  authority: Certificate,
  certificates: readonly Certificate[],
): Promise<string> {
  const own = await mkdtemp(join(folder, "crl-"));
  const [config, database, list] = ["cnf", "db", "crl.pem"].map((name) => join(own, name)) as [string, string, string];
  await writeFile(database, "");
  await writeFile(
    config,
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${database}\ndefault_md = sha256\ndefault_crl_days = 30\n`,
  );
  const ca = ["ca", "-config", config, "-cert", authority.certificate, "-keyfile", authority.key];
  for (const { certificate } of certificates) await openssl([...ca, "-revoke", certificate]);
  await openssl([...ca, "-gencrl", "-out", list]);
  return readFileSync(list, "utf8");
}

function filesOf(name: string, folder: string): Certificate {
  return { certificate: join(folder, `${name}.cert.pem`), key: join(folder, `${name}.key.pem`) };
}

async function openssl(args: readonly string[]): Promise<void> {
  const { path, reason } = requireTool("openssl");
  if (path === "") throw new Error(reason);
  const { code, output } = await run(path, args);
  if (code !== 0) throw new Error(`openssl ended with ${code}:\n${output}`);
}
