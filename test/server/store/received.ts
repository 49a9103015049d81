/** Records and sessions of a time are read by an index, not by the whole table. */

import { describe, expect, test } from "vitest";
import { AccountingRecordType } from "../../../server/src/accounting/index.js";
import { accountingSessions } from "../../../server/src/accounting/session-query.js";
import type { DatabaseOptions, ReceivedPage, Stores } from "../../../server/src/store/index.js";
import { sqlNames } from "../../../server/src/store/sql/names.js";
import { receivedValues } from "../../../server/src/store/sql/record-row.js";
import { AccountingStatements } from "../../../server/src/store/sql/statements.js";
import { record } from "../support.js";

const { EVENT_RECORD: EVENT, START_RECORD: START, INTERIM_RECORD: INTERIM, STOP_RECORD: STOP } = AccountingRecordType;
const INDEX = "diamgen_accounting_received_idx";
const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 0, minute));

export function receivedInTime(
  open: () => Promise<Stores>,
  database: () => DatabaseOptions,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
): void {
  describe("what was received in a time", () => {
    test("is read by the index, in its order", async () => {
      const { accounting } = await open();
      const minutes = Array.from({ length: 1500 }, (_, minute) => minute);
      await Promise.all(
        minutes.map((minute) => accounting.record(record({ recordNumber: minute, receivedAt: at(minute) }))),
      );
      const { type } = database();
      await query({ sqlite: "ANALYZE", mariadb: "ANALYZE TABLE diamgen_accounting", postgresql: "ANALYZE" }[type]);
      const statements = new AccountingStatements(type, sqlNames());
      const time: ReceivedPage = { since: at(700), until: at(720) };
      for (const page of [time, { ...time, after: { receivedAt: at(705), id: 3 } }])
        for (const statement of [statements.received(1000, page), statements.sessionsReceived(1000, page)]) {
          const values = receivedValues(page, type).map((value) => `'${value}'`);
          const sql = statement.replace(/\?|\$\d+/g, () => values.shift() ?? "");
          const plan = await query(`${type === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN"} ${sql}`);
          expect(JSON.stringify(plan)).toContain(INDEX);
          expect(JSON.stringify(plan)).not.toMatch(/filesort|TEMP B-TREE|Seq Scan/);
        }
    });

    test("sessions come once, where their first record of the time does, with all of their records", async () => {
      const { accounting } = await open();
      const sent = [
        ["before", 10, START, 0],
        ["long", 20, START, 0],
        ["call", 30, EVENT, 0],
        ["short", 100, START, 0],
        ["long", 110, INTERIM, 1],
        ["short", 120, STOP, 1],
        ["long", 130, INTERIM, 2],
        ["before", 140, STOP, 1],
        [`${"l".repeat(300)}`, 150, START, 0],
        ["after", 200, START, 0],
        ["long", 210, STOP, 3],
        // By way of the spool.
        ["late", 105, START, 0],
      ] as const;
      for (const [sessionId, minute, recordType, recordNumber] of sent)
        await accounting.record(
          record({ sessionId, recordType, recordNumber, time: at(minute), receivedAt: at(minute) }),
        );
      const sessions = async (time: { since?: Date; until?: Date; sessionId?: string }, size?: number) => {
        const found: [string, string, number][] = [];
        const store =
          size === undefined
            ? accounting
            : Object.assign(Object.create(accounting) as typeof accounting, {
                newest: accounting.newest.bind(accounting),
                bySession: (page = {}) => accounting.bySession({ ...page, limit: size }),
                sessionsReceived: (page: ReceivedPage) => accounting.sessionsReceived({ ...page, limit: size }),
              });
        for await (const { sessionId, state, records } of accountingSessions(store, { at: at(300), ...time }))
          found.push([sessionId.slice(0, 6), state, records]);
        return found;
      };
      const inTime = [
        ["short", "stopped", 2],
        ["late", "open", 1],
        ["long", "stopped", 4],
        ["before", "stopped", 2],
        ["llllll", "open", 1],
      ];
      for (const size of [undefined, 1, 2, 3])
        expect(await sessions({ since: at(100), until: at(200) }, size)).toEqual(inTime);
      expect(await sessions({ since: at(150) })).toEqual([inTime[4], ["after", "open", 1], inTime[2]]);
      expect(await sessions({ until: at(15) })).toEqual([inTime[3]]);
      expect(await sessions({ since: at(211) })).toEqual([]);
      expect(await sessions({ sessionId: "long", since: at(205) })).toEqual([inTime[2]]);
      expect(await sessions({ sessionId: "short", since: at(205) })).toEqual([]);
      expect(await sessions({})).toHaveLength(6);
    });
  });
}
