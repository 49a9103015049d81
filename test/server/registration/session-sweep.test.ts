/** Sessions that end by themselves: what is asked of the database, and what happens where it fails. */

import { expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { SessionSweep, type UserRecord } from "../../../server/src/registration/index.js";
import type { DueSession, RegistrationStore } from "../../../server/src/store/registration-store.js";
import { StoreError, type StoreErrorCode } from "../../../server/src/store/store-error.js";
import { inSession, OWN, REGISTERED, session } from "./records.js";

/** A store of users with one session each, all of them due; it counts what it is asked. */
class Fake {
  readonly open = new Set<string>();
  readonly asked: string[] = [];
  /** By user, or "all". */
  readonly failures = new Map<string, StoreErrorCode>();

  readonly store = {
    dueSessions: async (_now: number, limit: number) => {
      this.#fail("all");
      this.asked.push("due");
      const found = [...this.open].slice(0, limit);
      return found.map((id): DueSession => ({ id, user: { username: id, domain: "d" }, expired: true }));
    },
    update: async (
      { username }: { readonly username: string },
      decide: (record: UserRecord) => { record: UserRecord },
    ) => {
      this.#fail(username);
      const one = { ...session(username), authorizedUntil: 1, expiresAt: 1 };
      const decided = decide(this.open.has(username) ? inSession(REGISTERED, one, OWN) : REGISTERED);
      if (decided.record.aors.every((aor) => aor.session === undefined)) this.open.delete(username);
      return decided;
    },
    loseSessions: async (host: string, state: number) => {
      this.asked.push(`lose ${host} ${state}`);
      this.#fail("all");
      return 0;
    },
    forgetSessions: async () => {
      this.asked.push("forget");
      return 0;
    },
  } as unknown as RegistrationStore;

  #fail(whom: string): void {
    const code = this.failures.get(whom);
    if (code !== undefined) throw new StoreError(code, whom);
  }
}

function setup(...open: readonly string[]) {
  const fake = new Fake();
  for (const id of open) fake.open.add(id);
  const clock = new VirtualClock();
  const ended: string[] = [];
  const failures: unknown[] = [];
  const sweep = new SessionSweep({
    store: fake.store,
    clock,
    onEnded: ({ id }) => ended.push(id),
    onFailure: (error) => failures.push(error),
  });
  sweep.start();
  return { fake, clock, ended, failures, sweep };
}

test("nothing before ten seconds, then as often, until it is stopped", async () => {
  const { fake, clock, ended, sweep } = setup("a");
  clock.advance(9_999);
  await expect.poll(() => clock.pending).toBe(1);
  expect(fake.asked).toEqual([]);
  clock.advance(1);
  await expect.poll(() => fake.asked).toEqual(["due", "forget"]);
  expect(ended).toEqual(["a"]);
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(10_000);
  await expect.poll(() => fake.asked).toEqual(["due", "forget", "due", "forget"]);
  await sweep.stop();
  expect(clock.pending).toBe(0);
});

test("more than a page: all of them, page by page", async () => {
  const names = Array.from({ length: 250 }, (_, index) => `u${index}`);
  const { fake, clock, ended } = setup(...names);
  clock.advance(10_000);
  await expect.poll(() => fake.asked).toEqual(["due", "due", "due", "forget"]);
  expect(ended).toEqual(names);
});

test("one user whom the database refuses does not hold up the others, and is told of once", async () => {
  const { fake, clock, ended, failures } = setup("a", "b", "c");
  fake.failures.set("a", "STORE_EXISTS");
  for (const round of [1, 2]) {
    clock.advance(10_000);
    await expect.poll(() => fake.asked.filter((one) => one === "forget").length).toBe(round);
    await expect.poll(() => clock.pending).toBe(1);
  }
  expect(ended).toEqual(["b", "c"]);
  expect(failures).toMatchObject([{ code: "STORE_EXISTS" }]);
  fake.failures.clear();
  clock.advance(10_000);
  await expect.poll(() => ended).toEqual(["b", "c", "a"]);
});

test("a database that is down is told of once, and asked again", async () => {
  const { fake, clock, ended, failures } = setup("a");
  fake.failures.set("all", "STORE_UNAVAILABLE");
  for (let round = 0; round < 3; round++) {
    clock.advance(10_000);
    await expect.poll(() => clock.pending).toBe(1);
  }
  expect(failures).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  fake.failures.clear();
  clock.advance(10_000);
  await expect.poll(() => ended).toEqual(["a"]);
});

test("an Origin-State-Id is looked at once, where it is higher; again where the database failed", async () => {
  const { fake, sweep, failures } = setup();
  for (const state of [undefined, 0, 5, 5, 4, 6]) sweep.noted("s1", state);
  sweep.noted("s2", 1);
  await expect.poll(() => fake.asked).toEqual(["lose s1 6", "lose s2 1"]);
  sweep.noted("s1", 6);
  fake.failures.set("all", "STORE_UNAVAILABLE");
  sweep.noted("s1", 7);
  await expect.poll(() => failures).toHaveLength(1);
  fake.failures.clear();
  sweep.noted("s1", 7);
  await sweep.stop();
  sweep.noted("s1", 8);
  expect(fake.asked.slice(2)).toEqual(["lose s1 7", "lose s1 7"]);
});

test("SIP servers without end: what is remembered of them is bounded", async () => {
  const { fake, sweep } = setup();
  for (let host = 0; host < 25_000; host++) sweep.noted(`s${host}`, 1);
  await sweep.stop();
  expect(fake.asked).toHaveLength(10_000);
});
