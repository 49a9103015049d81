/** What is asked often is found by an index, however many sessions there are: SQLite says by which. */

import Libsql from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { sqlNames } from "../../../server/src/store/sql/names.js";
import { sessionStatements } from "../../../server/src/store/sql/session-statements.js";
import { tablePlans } from "../../../server/src/store/sql/tables.js";

const names = sqlNames();
const { open, find, due, anyToLose, lose, anyToForget, forget } = sessionStatements("sqlite", names);

test.each([
  ["sessions of a user", open, "user_idx (user_id=? AND is_open=?)"],
  ["the session of an STR", find, "(session_id=?)"],
  ["what is due", due(100), "due_idx (is_open=? AND ends_at<?)"],
  ["what a SIP server has lost", lose, "host_idx (origin_host=? AND is_open=? AND origin_state_id<?)"],
  ["whether it has lost any", anyToLose, "host_idx (origin_host=? AND is_open=? AND origin_state_id<?)"],
  ["whether any are to be forgotten", anyToForget, "due_idx (is_open=? AND ends_at<?)"],
  ["what is to be forgotten", forget(100), "due_idx (is_open=? AND ends_at<?)"],
])("%s", (_title, statement, index) => {
  const database = new Libsql(":memory:");
  onTestFinished(() => void database.close());
  for (const { statements, additions } of tablePlans("sqlite", names))
    for (const one of [...statements, ...additions.map(({ statement: made }) => made)]) database.exec(one);
  const values = Array.from(statement.matchAll(/\?/g), () => 0);
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all(values) as { detail: string }[];
  const plan = steps.map(({ detail }) => detail).join("\n");
  expect(plan).toContain(index);
  expect(plan).not.toMatch(/SCAN diamgen_sip_session|TEMP B-TREE/);
});
