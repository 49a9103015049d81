/** Which rows of a growing table are new, whatever the order in which transactions commit. */
import { expect, test } from "vitest";
import { Follower } from "../../server/src/cli/record-follower.js";

const rows = (...ids: readonly number[]) => ids.map((id) => ({ id }));

test("rows come once, and are asked for behind the last one", () => {
  const follower = new Follower(10);
  expect(follower.afterId).toBe(10);
  expect(follower.take(rows(11, 12), 0)).toEqual(rows(11, 12));
  expect(follower.afterId).toBe(12);
  expect(follower.take([], 1000)).toEqual([]);
});

test("a row that commits after a later one is found; what never comes is given up", () => {
  const follower = new Follower(10);
  expect(follower.take(rows(13, 15), 0)).toEqual(rows(13, 15));
  expect(follower.afterId).toBe(10);
  expect(follower.take(rows(12, 13, 15), 1000)).toEqual(rows(12));
  expect(follower.afterId).toBe(10);
  expect(follower.take(rows(12, 13, 15, 16), 4999)).toEqual(rows(16));
  expect(follower.take(rows(11, 12, 13, 15, 16), 4999)).toEqual(rows(11));
  expect(follower.afterId).toBe(13);
  expect(follower.take(rows(15, 16), 5000)).toEqual([]);
  expect(follower.afterId).toBe(16);
  // Too late for somebody who looks on.
  expect(follower.take(rows(14), 5001)).toEqual([]);
});

test("a leap of ids is not remembered one by one", () => {
  const follower = new Follower(0);
  expect(follower.take(rows(1, 2 ** 40), 0)).toEqual(rows(1, 2 ** 40));
  expect(follower.afterId).toBe(2 ** 40 - 1001);
  for (let id = 2 ** 40 + 2; id < 2 ** 40 + 5000; id += 2) follower.take(rows(id), 1);
  expect(2 ** 40 + 4998 - follower.afterId).toBeLessThanOrEqual(2001);
});
