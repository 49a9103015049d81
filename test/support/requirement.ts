/** Programs from Debian and files that may be missing on this machine: where they are, and what to do where they are not. */

import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Requirement {
  readonly available: boolean;
  /** Absolute path of the program or file; "" where a program was not found. */
  readonly path: string;
  /** What is missing and what to do, for the reader of a skipped test; "" where it is available. */
  readonly reason: string;
}

/** Debian packages of the programs that tests call. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  freeDiameterd: "freediameter",
  tshark: "tshark",
  text2pcap: "tshark",
  openssl: "openssl",
  xmllint: "libxml2-utils",
  erl: "erlang-diameter",
  erlc: "erlang-diameter",
  kamailio: "kamailio",
  strace: "strace",
  chromium: "chromium",
  mariadbd: "mariadb-server",
  "mariadb-install-db": "mariadb-server",
  mariadb_config: "libmariadb-dev",
  mariadb: "mariadb-client",
  sqlite3: "sqlite3",
  initdb: "postgresql",
  "nats-server": "nats-server",
  setpriv: "util-linux",
  mandoc: "mandoc",
  groff: "groff-base",
  "docker-compose": "docker-compose",
  perl: "perl-base",
  unshare: "util-linux",
  nsenter: "util-linux",
  ip: "iproute2",
  useradd: "passwd",
  "systemd-analyze": "systemd",
  "systemd-notify": "systemd",
};

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Absolute path of a file of this repository. */
export function repositoryPath(relative: string): string {
  return join(repositoryRoot, relative);
}

/** Absolute path below the folder `shared` next to the repository; it need not exist. */
export function sharedPath(relative: string): string {
  return join(repositoryRoot, "..", "shared", relative);
}

export function requireShared(relative: string): Requirement {
  const path = sharedPath(relative);
  const available = existsSync(path);
  return { available, path, reason: available ? "" : `../shared/${relative} is missing` };
}

/** A program on PATH, by name, or by absolute path. */
export function requireTool(name: string): Requirement {
  const path = findProgram(name);
  if (path !== undefined) return { available: true, path, reason: "" };
  const debian = DEBIAN_PACKAGES[name];
  const advice = debian === undefined ? "" : ` (Debian: apt-get install ${debian})`;
  return { available: false, path: "", reason: `${name} is not installed${advice}` };
}

/** A requirement of any other kind, such as a file that an optional package installs. */
export function requireFile(path: string, advice: string): Requirement {
  const available = existsSync(path);
  return { available, path, reason: available ? "" : `${path} is missing: ${advice}` };
}

function findProgram(name: string): string | undefined {
  // Debian keeps daemons out of the PATH of users, and PostgreSQL's in a folder for each version.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", ...postgresqlFolders()].filter(
    (folder) => folder !== "",
  );
  const candidates = name.includes("/") ? [name] : folders.map((folder) => join(folder, name));
  return candidates.find(isExecutableFile);
}

/** The newest first. */
function postgresqlFolders(): readonly string[] {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, "bin"));
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
