/** RFC 6733 sections 3 and 8.8. */

import { expect, test } from "vitest";
import { endToEndSequence, hopByHopSequence, Sequence, SessionIds } from "../../../runtime/src/routing/identifiers.js";

test("section 3: Hop-by-Hop Identifiers start at random and go up by one, over the edge to 0", () => {
  expect(hopByHopSequence(() => 0).next()).toBe(0);
  expect(hopByHopSequence(() => 0.999_999_999_9).next()).toBe(0xffffffff);
  const edge = new Sequence(0xffffffff);
  expect([edge.next(), edge.next(), edge.next()]).toEqual([0xffffffff, 0, 1]);
});

test("section 3: End-to-End Identifiers have the low 12 bits of the time in the high 12 bits, and 20 random bits", () => {
  const seconds = 0x6abcd123;
  expect(endToEndSequence(seconds * 1000 + 999, () => 0).next()).toBe(0x12300000);
  expect(endToEndSequence(seconds * 1000, () => 0.999_999_99).next()).toBe(0x123fffff);
});

test("8.8: Session-Ids are <DiameterIdentity>;<NTP time>;<counter>, and go on upwards when the counter is full", () => {
  const ids = new SessionIds("a.test", Date.UTC(2026, 0, 1));
  const ntp = 2_208_988_800 + Date.UTC(2026, 0, 1) / 1000;
  expect([ids.next(), ids.next()]).toEqual([`a.test;${ntp};0`, `a.test;${ntp};1`]);
  Object.assign(ids, { low: 0xffffffff });
  expect([ids.next(), ids.next()]).toEqual([`a.test;${ntp};4294967295`, `a.test;${ntp + 1};0`]);
});
