/** What every database must do for the query of accounting sessions. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { accountingSessions } from "../../../server/src/accounting/session-query.js";
import type { AccountingSession } from "../../../server/src/accounting/sessions.js";
import type { SessionPage, Stores } from "../../../server/src/store/index.js";
import { record } from "../support.js";

const [EVENT, START, INTERIM, STOP] = [1, 2, 3, 4];

/** The first text in SQL of docs/accounting.md. */
const documented = () =>
  /```sql\n(.*?)```/s.exec(readFileSync(new URL("../../../docs/accounting.md", import.meta.url), "utf8"))?.[1] ?? "";

export function accountingSessionsOf(
  open: () => Promise<Stores>,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
): void {
  describe("sessions of accounting", () => {
    test("records of a session are together, in pages of any size; of EVENTs there is nothing", async () => {
      const { accounting } = await open();
      const names = ["b", "a", "B", "ż", "\u{1F600}", "b;1", `${"l".repeat(300)}1`, `${"l".repeat(300)}2`];
      const sent = [0, 1, 2].flatMap((recordNumber) =>
        names.flatMap((sessionId) => [
          record({ sessionId, recordNumber, recordType: [START, INTERIM, STOP][recordNumber] as number }),
          record({ sessionId: `event ${sessionId} ${recordNumber}`, recordType: EVENT }),
        ]),
      );
      for (const one of sent) await accounting.record(one);
      const pages = async (limit: number) => {
        const found: string[] = [];
        for (let after: SessionPage["after"]; ; ) {
          const page = await accounting.bySession({ limit, after });
          expect(page.records.length).toBeLessThanOrEqual(limit);
          found.push(...page.records.map(({ sessionId, recordNumber }) => `${sessionId} ${recordNumber}`));
          if (page.next === undefined) return found;
          after = page.next;
        }
      };
      const all = await pages(1000);
      expect([...all].sort()).toEqual(names.flatMap((name) => [0, 1, 2].map((number) => `${name} ${number}`)).sort());
      for (let index = 0; index < all.length; index += 3)
        expect(all.slice(index, index + 3).map((one) => one.slice(0, -2))).toEqual(
          Array(3).fill(all[index]?.slice(0, -2)),
        );
      for (const limit of [1, 2, 5, 24]) expect(await pages(limit)).toEqual(all);
      await expect(pages(0)).rejects.toMatchObject({ code: "STORE_INVALID" });
    });

    test("each session once, with its sub-sessions; or one alone", async () => {
      const { accounting } = await open();
      const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes));
      const account = (sessionId: string, recordType: number, recordNumber: number, subSessionId?: bigint) =>
        accounting.record(
          record({
            ...{ sessionId, recordType, recordNumber, subSessionId },
            ...{ time: at(recordNumber), receivedAt: at(recordNumber) },
          }),
        );
      await account("call", START, 0);
      await account("two", START, 0, 1n);
      await account("call", STOP, 5);
      await account("event", EVENT, 0);
      await account("two", INTERIM, 1, 2n ** 64n - 1n);
      const sessions = async (sessionId?: string) => {
        const found: AccountingSession[] = [];
        const query = { at: at(60), silentAfterSeconds: 3550, sessionId };
        for await (const session of accountingSessions(accounting, query)) found.push(session);
        return found.map(({ sessionId: id, subSessionId, state, seconds, missing, irregular }) => [
          ...[id, subSessionId, state, seconds],
          ...[missing, irregular],
        ]);
      };
      const call = ["call", undefined, "stopped", 300, [[1, 4]], []];
      const two = [
        ["two", 1n, "silent", 0, [], []],
        ["two", 2n ** 64n - 1n, "open", 0, [], ["noStart"]],
      ];
      expect(await sessions()).toEqual([call, ...two]);
      expect(await sessions("two")).toEqual(two);
      expect(await sessions("event")).toEqual([]);
    });

    test("calls of OpenSIPS that have not ended, as docs/accounting.md asks for them", async () => {
      const { accounting } = await open();
      const rows = [
        ["ended", "INVITE", "200", 0],
        ["ended", "BYE", "200", 5],
        ["open", "INVITE", "200", 1],
        ["open", "UPDATE", "200", 2],
        ["refused", "INVITE", "486", 3],
        ["later", "INVITE", "200", 4],
      ] as const;
      for (const [index, [callId, method, sipCode, minute]] of rows.entries())
        await accounting.record(
          record({
            sessionId: `s${index}`,
            callId,
            method,
            sipCode,
            time: new Date(Date.UTC(2026, 10, 21, 10, minute)),
          }),
        );
      expect((await query(documented())).map(({ callid }) => callid)).toEqual(["open", "later"]);
    });
  });
}
