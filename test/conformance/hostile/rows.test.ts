/** The index of hostile inputs: each row is there, each test it names exists and runs, and docs/limits.md has the table (`UPDATE=1` writes it). */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hostileRequests } from "../../../runtime/src/testing/index.js";
import { repositoryPath } from "../../support/require.js";
import { problemOf } from "../rfc6733/titles.js";
import { request } from "./arena.js";
import { ROWS, tableOf } from "./rows.js";

const DOCUMENT = repositoryPath("docs/limits.md");
const HEADING = "## Thirty hostile inputs\n";

test("there are thirty rows, each with tests that exist, that run, and of which there is but one", () => {
  expect(ROWS.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(ROWS.filter(({ tests }) => tests.length === 0)).toEqual([]);
  const wrong = ROWS.flatMap(({ number, tests }) =>
    tests.flatMap((name) => {
      const problem = problemOf(name);
      return problem === undefined ? [] : [`row ${number}: ${name}: ${problem}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test("each hostile request belongs to a row, and each that is named exists", () => {
  const names = hostileRequests(request()).map(({ name }) => name);
  const named = ROWS.flatMap(({ inputs }) => inputs);
  expect(named.filter((name) => !names.includes(name))).toEqual([]);
  // A retransmission is none of the rows: it is what it should be.
  expect(names.filter((name) => !named.includes(name))).toEqual(["T bit"]);
});

test("docs/limits.md has the table of them", () => {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(HEADING) + HEADING.length;
  const table = text.indexOf("| | what comes", begin);
  const end = text.indexOf("\n## ", begin);
  const before = table < 0 || table > end ? text.slice(0, end) : text.slice(0, table);
  const whole = `${before.trimEnd()}\n\n${tableOf(ROWS)}\n${text.slice(end)}`;
  if (process.env.UPDATE === "1") writeFileSync(DOCUMENT, whole);
  expect(readFileSync(DOCUMENT, "utf8"), "UPDATE=1 npx vitest run test/conformance/hostile/rows.test.ts").toBe(whole);
});
