/** Which rows of a growing table are new, whatever the order in which transactions commit. */
import { expect, test } from "vitest";
import { Follower } from "../../server/src/cli/record-follower.js";

const rows = (...ids: readonly number[]) => ids.map((id) => ({ id }));

test("rows come once, and are asked for behind the last one", () => {
  const follower = new Follower(10);
  expect(follower.highest).toBe(10);
  expect(follower.take(rows(11, 12), 0)).toEqual(rows(11, 12));
  expect(follower.highest).toBe(12);
  expect(follower.take([], 1000)).toEqual([]);
  expect(follower.missing(1000)).toEqual([]);
});

test("a row that commits after a later one is found, for a minute; what never comes is given up", () => {
  const follower = new Follower(10);
  expect(follower.take(rows(13, 15), 0)).toEqual(rows(13, 15));
  expect(follower.highest).toBe(15);
  expect(follower.missing(0)).toEqual([11, 12, 14]);
  expect(follower.take(rows(12), 1000)).toEqual(rows(12));
  expect(follower.missing(1000)).toEqual([11, 14]);
  expect(follower.take(rows(16), 59_999)).toEqual(rows(16));
  expect(follower.missing(59_999)).toEqual([11, 14]);
  expect(follower.take(rows(11), 59_999)).toEqual(rows(11));
  expect(follower.take(rows(11, 12, 13, 15, 16), 59_999)).toEqual([]);
  expect(follower.missing(60_000)).toEqual([]);
  // Too late for somebody who looks on.
  expect(follower.take(rows(14), 60_000)).toEqual([]);
});

test("a leap of ids is not remembered one by one", () => {
  const follower = new Follower(0);
  expect(follower.take(rows(1, 2 ** 40), 0)).toEqual(rows(1, 2 ** 40));
  const last = (count: number, to: number) => Array.from({ length: count }, (_, index) => to - count + index);
  expect(follower.missing(0)).toEqual(last(1000, 2 ** 40));
  for (let id = 2 ** 40 + 2; id < 2 ** 40 + 5000; id += 2) follower.take(rows(id), 1);
  expect(follower.missing(1)).toHaveLength(1000);
  expect(follower.missing(1)[0]).toBe(2 ** 40 + 4998 - 1999);
});
