/** Two parties who trust one authority, in a folder that goes when the tests of the file are done. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Authority, createAuthority, type IssueOptions, pemOf } from "./certificate.js";
import { requireTool } from "./requirement.js";

export const tlsRequirements = [requireTool("openssl")];

export interface Pem {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface TestTls {
  readonly folder: string;
  readonly authority: Authority;
  /** Cert, key and trust of a host, by this authority. */
  issue(host: string, options?: IssueOptions): Promise<Pem>;
}

/** To be called where tests are collected: at the top of a file, or in the body of a `describe`. */
export function testTls(name?: string): Promise<TestTls> {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-tls-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return createAuthority(folder, name).then((authority) => ({
    folder,
    authority,
    issue: async (host, options) => pemOf(await authority.issue(host, options), authority),
  }));
}
