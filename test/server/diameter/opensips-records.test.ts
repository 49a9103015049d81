/** The accounting of OpenSIPS 3.2.17 and of the script in its place: what is stored, held against app_opensips' acc.log of the same traffic. */

import Libsql from "libsql";
import { describe, expect, test } from "vitest";
import type { AvpJson } from "../../../server/src/accounting/index.js";
import { dissect, findAvp, resultCode, withIdentifiers } from "../../support/dissect.js";
import { accountingLogSample, bytesOf, type CaptureName, golden } from "../../support/golden.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { changed, replaced } from "./compose.js";
import { ACR, connectAs, Recorder, requestsOf, startServer } from "./support.js";

const ERROR_ANSWERS: CaptureName = "freediameter-app_opensips-error-answers";

/** Records by Session-Id; a record of two lines, for it has a line break, is one. */
const accLog: ReadonlyMap<string, string> = new Map(
  accountingLogSample()
    .split(/\n(?=client\.)/)
    .map((line) => [line.slice(0, line.indexOf(",")), line.trimEnd()] as const)
    // Of the pair with the T flag, which app_opensips wrote twice, the first counts.
    .reverse(),
);

/** As acc.log has it: the values of all AVPs, and at the end the Route-Record that freeDiameter adds. */
function accLogLine(avps: readonly AvpJson[]): string {
  const values = avps.map(({ code, value }) => {
    if (code === 55) return String(Date.parse(String(value)) / 1000);
    return code === 44 ? Buffer.from(String(value), "hex").toString() : String(value);
  });
  return [...values, "client.diameter.test"].join(",");
}

const recorder = new Recorder();

describe("Accounting-Requests, as captured", () => {
  const names: readonly CaptureName[] = ["opensips-3.2-acct", "opensips-3.2-missed", ERROR_ANSWERS];
  test.each(names)("%s: ACA 2001 with 480 and 485, and the record is what acc.log has", async (name) => {
    await using running = await startServer();
    await using client = await connectAs(running.port, recorder, name);
    const accounted: string[] = [];
    for (const request of requestsOf(name, ACR)) {
      const acr = dissect(bytesOf(request));
      const aca = dissect(await client.exchange(request.hex));
      if (resultCode(aca) !== 2001) continue;
      for (const code of [263, 480, 485]) expect(findAvp(aca, code)).toEqual(findAvp(acr, code));
      accounted.push(findAvp(acr, 263)?.data.toString() ?? "");
    }
    const records = await running.stores.accounting.list();
    expect(new Set(records.map(({ sessionId }) => sessionId))).toEqual(new Set(accounted));
    expect(records).toHaveLength(new Set(accounted).size);
    for (const { sessionId, avps } of records) expect(accLogLine(avps)).toBe(accLog.get(sessionId));
  });

  test("the row of a call, by another connection to the database", async () => {
    await using running = await startServer();
    await using client = await connectAs(running.port, recorder);
    const acr = golden("opensips-3.2-acct", 11);
    expect(resultCode(dissect(await client.exchange(acr.hex)))).toBe(2001);
    const database = new Libsql(running.path, { readonly: true });
    try {
      const row = database.prepare("SELECT * FROM acc").get();
      expect(row).toMatchObject({
        method: "INVITE",
        from_tag: "2878u1",
        to_tag: "2876s1",
        callid: "call-cdr-1-2878@lab",
        sip_code: "",
        time: "2026-11-21 21:26:54",
        duration: 3,
        ms_duration: 2504,
        setuptime: 1,
        created: "2026-11-21 21:26:53",
      });
      expect(database.prepare("SELECT * FROM diamgen_accounting").get()).toMatchObject({
        session_id: "client.diameter.test;1795296410;2",
        record_number: 0,
        record_type: 1,
        retransmitted: 0,
        origin_host: "client.diameter.test",
        origin_realm: "diameter.test",
      });
    } finally {
      database.close();
    }
  });
});

describe("duplicates are answered 2001 and stored once", () => {
  const acr = golden("opensips-3.2-acct", 11);

  test("the captured pair with the T flag, which app_opensips wrote twice", async () => {
    await using running = await startServer();
    await using client = await connectAs(running.port, recorder, ERROR_ANSWERS);
    for (const number of [67, 69]) {
      expect(resultCode(dissect(await client.exchange(golden(ERROR_ANSWERS, number).hex)))).toBe(2001);
    }
    expect(await running.stores.accounting.list()).toMatchObject([{ callId: "cid-31" }]);
  });

  test("sent again with T on another connection, as freeDiameter does after a failover", async () => {
    await using running = await startServer();
    for (const flags of [0xc0, 0xd0]) {
      const { node } = running.server;
      const closed = new Promise<void>((resolve) => {
        node.once("peer:close", () => resolve());
      });
      const client = await connectAs(running.port, recorder);
      expect(resultCode(dissect(await client.exchange(changed(acr.hex, { flags }))))).toBe(2001);
      await client.close();
      await closed;
    }
    expect(await running.stores.accounting.list()).toMatchObject([{ retransmitted: false }]);
  });

  test("many at once, each twice", async () => {
    await using running = await startServer();
    await using client = await connectAs(running.port, recorder);
    const sessions = Array.from({ length: 50 }, (_, index) => `client.diameter.test;1795296410;many-${index}`);
    const requests = [...sessions, ...sessions].map((session) =>
      changed(acr.hex, { avps: (avps) => replaced(avps, { 263: session }) }),
    );
    for (const [hopByHop, request] of requests.entries()) client.send(withIdentifiers(request, { hopByHop }));
    const answered = new Set<number>();
    for (const _ of requests) {
      const aca = dissect(await client.next());
      expect(resultCode(aca)).toBe(2001);
      expect(findAvp(aca, 263)?.data.toString()).toBe(sessions[aca.hopByHop % sessions.length]);
      answered.add(aca.hopByHop);
    }
    expect(answered.size).toBe(requests.length);
    expect((await running.stores.accounting.list()).map(({ sessionId }) => sessionId).sort()).toEqual(sessions.sort());
  });
});

test("a record that cannot be stored is not acknowledged, and the failure is a transient one: a client keeps the record (RFC 6733 section 8.2)", async () => {
  await using running = await startServer();
  await running.stores.close();
  await using client = await connectAs(running.port, recorder);
  const acr = golden("opensips-3.2-acct", 11);
  const aca = dissect(await client.exchange(acr.hex));
  expect(resultCode(aca)).toBe(4002);
  expect(findAvp(aca, 281)?.data.toString()).toBe("the record could not be stored");
  expect(findAvp(aca, 480)).toEqual(findAvp(dissect(bytesOf(acr)), 480));
});

test("a record with an empty Session-Id is no record: 5004, with the AVP", async () => {
  await using running = await startServer();
  await using client = await connectAs(running.port, new Recorder());
  const empty = changed(golden("opensips-3.2-acct", 11).hex, { avps: (avps) => replaced(avps, { 263: "" }) });
  const aca = dissect(await client.exchange(empty));
  expect(resultCode(aca)).toBe(5004);
  expect(findAvp(aca, 279)?.data.toString("hex")).toBe("0000010740000008");
  expect(await running.stores.accounting.list()).toEqual([]);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    // The Failed-AVP of an answer has the AVP that nobody knows.
    const messages = await expectClean(recorder.messages, [/^Unknown AVP 60001 /]);
    expect(new Set(messages.map(({ code }) => code))).toEqual(new Set([257, 271]));
  });
});
