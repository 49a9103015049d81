/** The pending message queue: RFC 6733 sections 5.5.4 and 6.2.1. */

import { expect, test } from "vitest";
import { Header } from "../../../runtime/src/codec/header.js";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import { PendingRequests } from "../../../runtime/src/routing/pending.js";

const answer = (hopByHop: number, endToEnd = 2, commandCode = 3, applicationId = 4) =>
  RawMessage.of(new Header(0, commandCode, applicationId, hopByHop, endToEnd), []);
const request = { commandCode: 3, applicationId: 4, endToEnd: 2 };

test("an answer takes its request once, and only if all identifiers agree", () => {
  const pending = new PendingRequests(10);
  pending.add(1, request);
  expect(pending.take(answer(9))).toBeUndefined();
  expect(pending.take(answer(1, 9))).toBeUndefined();
  expect(pending.take(answer(1, 2, 9))).toBeUndefined();
  expect(pending.take(answer(1, 2, 3, 9))).toBeUndefined();
  expect(pending.size).toBe(1);
  expect(pending.take(answer(1))).toBe(request);
  expect(pending.take(answer(1))).toBeUndefined();
});

test("full, free, and drained in the order sent", () => {
  const pending = new PendingRequests(2);
  const second = { ...request };
  pending.add(0xffffffff, request);
  expect(pending.full).toBe(false);
  pending.add(0, second);
  expect(pending.full).toBe(true);
  expect([pending.isFree(0), pending.isFree(1)]).toEqual([false, true]);
  expect(pending.entries()).toEqual([
    [0xffffffff, request],
    [0, second],
  ]);
  expect(pending.drain()).toEqual([request, second]);
  expect(pending.size).toBe(0);
});
