/** What several tests of the server share. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AccountingRecord, AvpJson } from "../../server/src/accounting/index.js";
import type { DigestCredentials } from "../../server/src/authentication/index.js";
import { openSqlite, type SqliteOptions, type SqliteStores } from "../../server/src/store/index.js";
import { dissect } from "../support/dissect.js";
import { bytesOf, type GoldenMessage } from "../support/golden.js";

/** The path of a database that does not exist yet, in a folder that is removed after the test. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-server-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "diamgen.db");
}

/** An open database, closed after the test. */
export function openStores(options: Partial<SqliteOptions> = {}): SqliteStores {
  const stores = openSqlite({ path: temporaryPath(), ...options });
  onTestFinished(() => stores.close());
  return stores;
}

/** An EVENT record as OpenSIPS sends it, with changes. */
export function record(changes: Partial<AccountingRecord> = {}): AccountingRecord {
  const receivedAt = new Date("2026-11-21T10:00:00.250Z");
  return {
    sessionId: "client.diameter.test;1;1",
    subSessionId: undefined,
    recordNumber: 0,
    recordType: 1,
    retransmitted: false,
    originHost: "client.diameter.test",
    originRealm: "diameter.test",
    receivedFrom: undefined,
    receivedAt,
    eventTimestamp: new Date("2026-11-21T10:00:00.000Z"),
    time: new Date("2026-11-21T10:00:00.000Z"),
    method: "INVITE",
    fromTag: "ft",
    toTag: "tt",
    callId: "call@lab",
    sipCode: "200",
    sipReason: "",
    duration: 3,
    msDuration: 2504,
    setupTime: 1,
    created: new Date("2026-11-21T09:59:57.000Z"),
    avps: avps("ft"),
    ...changes,
  };
}

/** AVPs that differ where `tag` does. */
export function avps(tag: string): readonly AvpJson[] {
  return [
    { name: "Session-Id", code: 263, vendorId: 0, value: "client.diameter.test;1;1" },
    { name: "Sip-From-Tag", code: 206, vendorId: 0, value: tag },
  ];
}

/** The AVPs of a captured Multimedia-Auth-Request that matter to authentication. */
export function credentialsOf(message: GoldenMessage): DigestCredentials {
  const { avps } = dissect(bytesOf(message));
  const text = (code: number) => avps.find((avp) => avp.vendorId === 0 && avp.code === code)?.data.toString("utf8");
  return {
    userName: text(1),
    username: text(115),
    realm: text(104),
    nonce: text(105),
    uri: text(109),
    method: text(108),
    response: text(103),
    algorithm: text(111),
    qop: text(110),
    cnonce: text(113),
    nonceCount: text(114),
    entityBodyHash: text(112),
  };
}
