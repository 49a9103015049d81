/**
 * Kamailio 5.6.3 of Debian as an I-CSCF and S-CSCF on this machine: a Diameter client (its module cdp) that speaks 3GPP Cx when SIP asks it to.
 *
 * ```ts
 * await using cscf = await Kamailio.start({ hssPort: node.addresses[0].port });
 * await using phone = await SipSocket.open();
 * phone.request(cscf.port, "REGISTER", "sip:diameter.test", { ... }); // UAR, and on to the S-CSCF that our answer names
 * ```
 *
 * What to know of cdp: it finds a peer by resolving its FQDN, so the HSS here is "localhost"; Tc of its file is also how often it sends DWR;
 * at SIGTERM it closes its connections without DPR. Its modules need a database for the list of S-CSCFs: text files do.
 */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, Program, type WaitOptions } from "./process.js";
import { repositoryPath, requireFile, requireTool } from "./requirement.js";

const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules";

export const kamailioRequirements = [
  requireTool("kamailio"),
  requireFile(`${MODULES}/ims_icscf.so`, "apt-get install kamailio-ims-modules"),
];

/** The HSS that it looks for: its Origin-Host must be a name that resolves to loopback. */
export const HSS_HOST = "localhost";
export const REALM = "diameter.test";
export const CSCF_HOST = "cscf.diameter.test";
/** The S-CSCF's name: REGISTERs to it are authenticated, those to the realm are routed. */
export const SCSCF = "sip:scscf.diameter.test";

/** An S-CSCF that the I-CSCF knows, and a capability of it: TS 29.228 section 6.7. */
export interface KnownScscf {
  /** "sip:127.0.0.1:5062". */
  readonly uri: string;
  readonly capability: number;
}

export interface KamailioOptions {
  /** Where the HSS listens. */
  readonly hssPort: number;
  /** Chosen among where our answer names no server. */
  readonly servers?: readonly KnownScscf[];
}

/** See FreeDiameter: another program may take the port meanwhile. */
const MOST_PORTS = 5;
const START_TIMEOUT_MS = 15_000;

export class Kamailio implements AsyncDisposable {
  /** Where it takes SIP over UDP, on 127.0.0.1. */
  readonly port: number;
  private readonly folder: string;
  private readonly program: Program;

  private constructor(port: number, folder: string, program: Program) {
    this.port = port;
    this.folder = folder;
    this.program = program;
  }

  /** Starts it and waits until it connects to the HSS. */
  static async start(options: KamailioOptions): Promise<Kamailio> {
    for (let tried = 1; ; tried++) {
      try {
        return await Kamailio.startOn(await freePort(), options);
      } catch (error) {
        if (tried === MOST_PORTS || !(error as Error).message.includes("Address already in use")) throw error;
      }
    }
  }

  private static async startOn(port: number, { hssPort, servers = [] }: KamailioOptions): Promise<Kamailio> {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-kamailio-"));
    const defines = {
      REALM,
      SCSCF_NAME: SCSCF,
      DB_URL: `text://${folder}/db`,
      CDP_FILE: `${folder}/cdp.xml`,
    };
    let program: Program | undefined;
    try {
      await writeFile(join(folder, "cdp.xml"), diameterPeer(hssPort));
      await writeTables(join(folder, "db"), servers);
      program = Program.start("kamailio", [
        ...["-f", repositoryPath("test/support/kamailio/cscf.cfg"), "-l", `udp:127.0.0.1:${port}`],
        ...Object.entries(defines).flatMap(([name, value]) => ["-A", `${name}="${value}"`]),
        // In the foreground, logging to standard error, with its files here and little memory.
        ...["-DD", "-E", "-Y", folder, "-P", join(folder, "pid"), "-m", "32", "-M", "8"],
      ]);
      await program.waitFor(new RegExp(`Peer ${HSS_HOST}:${hssPort} connected`), { timeoutMs: START_TIMEOUT_MS });
      return new Kamailio(port, folder, program);
    } catch (error) {
      await program?.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get output(): string {
    return this.program.output;
  }

  waitFor(pattern: RegExp | string, options?: WaitOptions): Promise<RegExpExecArray> {
    return this.program.waitFor(pattern, options);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The file of cdp. */
function diameterPeer(hssPort: number): string {
  const sizes = 'Workers="2" QueueLength="8" SessionsHashSize="16"';
  const times = 'Tc="1" TransactionTimeout="2" DefaultAuthSessionTimeout="3600" MaxAuthSessionTimeout="3600"';
  return `<?xml version="1.0" encoding="UTF-8"?>
<DiameterPeer FQDN="${CSCF_HOST}" Realm="${REALM}" Vendor_Id="10415" Product_Name="CDiameterPeer"
  AcceptUnknownPeers="0" DropUnknownOnDisconnect="1" ${sizes} ${times}>
  <Peer FQDN="${HSS_HOST}" Realm="${REALM}" port="${hssPort}"/>
  <Auth id="16777216" vendor="10415"/>
  <SupportedVendor vendor="10415"/>
  <DefaultRoute FQDN="${HSS_HOST}" metric="10"/>
</DiameterPeer>
`;
}

/** Tables of db_text: a line of columns, then lines of values between colons. */
async function writeTables(folder: string, servers: readonly KnownScscf[]): Promise<void> {
  const escaped = (text: string) => text.replaceAll(":", "\\:");
  const tables = {
    version: ["table_name(string) table_version(int)"],
    nds_trusted_domains: ["trusted_domain(string)"],
    s_cscf: [
      "id(int) name(string) s_cscf_uri(string)",
      ...servers.map(({ uri }, index) => `${index + 1}:server${index + 1}:${escaped(uri)}`),
    ],
    s_cscf_capabilities: [
      "id_s_cscf(int) capability(int)",
      ...servers.map(({ capability }, index) => `${index + 1}:${capability}`),
    ],
  };
  await mkdir(folder);
  for (const [name, lines] of Object.entries(tables)) await writeFile(join(folder, name), `${lines.join("\n")}\n`);
}
