/** What a database refuses by rules of its own: of one record, of one table, of one name. Nothing else suffers from it. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { AccountingPipeline, type DeliveryEvent } from "../../../server/src/accounting/delivered.js";
import type { AccountingRecord } from "../../../server/src/accounting/index.js";
import { type DatabaseOptions, openDatabase, type Stores } from "../../../server/src/store/index.js";
import { record } from "../support.js";

/** Makes `acc` refuse rows whose callid is "poison", with whatever error a trigger can give. */
const TRIGGERS: Readonly<Record<DatabaseOptions["type"], { readonly make: readonly string[]; readonly drop: string }>> =
  {
    sqlite: {
      make: [
        "CREATE TRIGGER refuses BEFORE INSERT ON acc WHEN NEW.callid = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END",
      ],
      drop: "DROP TRIGGER refuses",
    },
    mariadb: {
      make: [
        "CREATE TRIGGER refuses BEFORE INSERT ON acc FOR EACH ROW BEGIN IF NEW.callid = 'poison' THEN SIGNAL SQLSTATE '45000'; END IF; END",
      ],
      drop: "DROP TRIGGER refuses",
    },
    postgresql: {
      make: [
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        "CREATE TRIGGER refuses BEFORE INSERT ON acc FOR EACH ROW WHEN (NEW.callid = 'poison') EXECUTE FUNCTION refuse()",
      ],
      drop: "DROP TRIGGER refuses ON acc",
    },
  };

const POISON = "poison";

export function refusals(
  open: (changes?: Partial<DatabaseOptions>) => Promise<Stores>,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
  type: () => DatabaseOptions["type"],
): void {
  const many = (count: number) => Array.from({ length: count }, (_, index) => record({ sessionId: `s${index}` }));
  const rows = async (table: string) => Number((await query(`SELECT count(*) AS n FROM ${table}`))[0]?.n);
  async function withTrigger(): Promise<() => Promise<void>> {
    for (const statement of TRIGGERS[type()].make) await query(statement);
    let dropped = false;
    const drop = async () => {
      if (!dropped) await query(TRIGGERS[type()].drop);
      dropped = true;
    };
    onTestFinished(drop);
    return drop;
  }

  describe("a record that the database refuses by a rule of its own", () => {
    test("is refused alone, and nothing of it stays: it is no duplicate when it comes again", async () => {
      const { accounting } = await open();
      const drop = await withTrigger();
      const records = [...many(37), record({ sessionId: "x", callId: POISON }), ...many(80).slice(37)];
      const outcomes = await Promise.allSettled(records.map((one) => accounting.record(one)));
      expect(outcomes.filter(({ status }) => status === "rejected")).toMatchObject([
        { reason: { name: "StoreError" } },
      ]);
      expect(outcomes[37]?.status).toBe("rejected");
      expect([await rows("diamgen_accounting"), await rows("acc")]).toEqual([80, 80]);
      const stored = (await accounting.list()).map(({ sessionId }) => sessionId);
      expect(stored).toEqual(many(80).map(({ sessionId }) => sessionId));
      await drop();
      await expect(accounting.record(records[37] as AccountingRecord)).resolves.toBe("stored");
      expect([await rows("diamgen_accounting"), await rows("acc")]).toEqual([81, 81]);
    });

    // With other sizes of transactions than of replays too.
    test.each([512, 7, 1])(
      "waits in nobody's way in the spool, and is put aside (%i in a transaction)",
      async (maxBatch) => {
        const folder = mkdtempSync(join(tmpdir(), "diamgen-refusals-"));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const events: DeliveryEvent[] = [];
        const stores = await open({ maxBatch });
        const pipeline = await AccountingPipeline.open(
          { spool: { directory: folder }, replayMs: { first: 1, last: 10 } },
          { store: stores.accounting, onEvent: (event) => events.push(event) },
        );
        onTestFinished(() => pipeline.close());
        await withTrigger();
        let later = 0;
        const whole = maxBatch === 1 ? 60 : 300;
        const records = many(whole).flatMap((one, index) =>
          index % 50 === 25 ? [one, { ...one, sessionId: `poison${index}`, callId: POISON }] : [one],
        );
        const poisoned = records.filter(({ callId }) => callId === POISON);
        const outcomes = await Promise.allSettled(records.map((one) => pipeline.record(one)));
        // Others go on; and that they do shows whose fault it was.
        const state = async () => {
          expect(await pipeline.record(record({ sessionId: `later${later}` }))).not.toBe("duplicate");
          later += 1;
          return pipeline.health[0]?.state;
        };
        await expect.poll(state, { timeout: 20_000, interval: 100 }).toBe("direct");
        // SQLite's are refused at once, to the client too; they are kept for people all the same.
        const refused = records.filter((_, index) => outcomes[index]?.status === "rejected");
        expect(refused.every(({ callId }) => callId === POISON)).toBe(true);
        const [file] = events.flatMap((event) => (event.type === "rejected" ? [event.file] : []));
        const aside = readFileSync(file ?? "", "utf8")
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { sessionId: string }).sessionId);
        expect(aside.sort()).toEqual(poisoned.map(({ sessionId }) => sessionId).sort());
        expect([await rows("diamgen_accounting"), await rows("acc")]).toEqual([whole + later, whole + later]);
      },
    );
  });

  test("a name that the table's characters cannot write is nobody's, not a failure", async () => {
    const { subscribers } = await open();
    for (const name of ["\u{1F600}", "ż", "\u0007"])
      await expect(subscribers.find(name, "d.test")).resolves.toBeUndefined();
  });
}

/** A user of the database who may read everything, and write nothing: somebody forgot a GRANT. */
export function withoutRights(reader: () => Promise<DatabaseOptions>): void {
  test("no right to write records: that is said, and subscribers are found all the while", async () => {
    const stores = await openDatabase(await reader());
    onTestFinished(() => stores.close());
    for (let index = 0; index < 20; index++) {
      await expect(stores.accounting.record(record({ sessionId: `s${index}` }))).rejects.toMatchObject({
        code: "STORE_REFUSED",
      });
      await expect(stores.subscribers.find("a", "b")).resolves.toBeUndefined();
    }
    expect(stores.pool?.up).toBe(true);
  });
}
