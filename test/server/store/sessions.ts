/** What every database must do for sessions of registrations (RFC 4740 section 6.7). */

import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import {
  type RegistrationSession,
  SessionSweep,
  type SipUser,
  sessionEnded,
  type UserRecord,
} from "../../../server/src/registration/index.js";
import { DEFAULT_PROFILE, newAor } from "../../../server/src/registration/types.js";
import type { DatabaseOptions, RegistrationStore, Stores } from "../../../server/src/store/index.js";
import { S1 } from "../registration/records.js";

const NOW = 1_800_000_000_000;
/** Longer than an ended session is remembered. */
const LATER = 300_001;

const session = (id: string, change: Partial<RegistrationSession> = {}): RegistrationSession => ({
  ...{ id, originHost: "s1.test", originRealm: "test" },
  ...{ originStateId: 7, authorizedUntil: NOW, expiresAt: NOW + 1000, ...change },
});

const user = (username: string): SipUser => ({ username, domain: "sipdomain.invalid" });

/** Of sip:0@..., sip:1@...: registered at S1 in these sessions. */
const record = (name: string, ...sessions: readonly RegistrationSession[]): UserRecord => ({
  user: user(name),
  profile: DEFAULT_PROFILE,
  pending: undefined,
  aors: sessions.map((one, index) => ({
    ...newAor(index === 0 ? `sip:${name}@sipdomain.invalid` : `sip:${name}.${index}@sipdomain.invalid`),
    ...{ registration: "registered", server: S1, session: one },
  })),
  userData: [],
});

async function keep(store: RegistrationStore, one: UserRecord, now = NOW): Promise<void> {
  await store.update(one.user, () => ({ record: one }), now);
}

const end = (store: RegistrationStore, name: string, id: string, now = NOW) =>
  store.update(user(name), (before) => ({ record: sessionEnded(before, id) }), now);

export function sessionsOf(
  open: (changes?: Partial<DatabaseOptions>) => Promise<Stores>,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
): void {
  const opened = async () => (await open()).registrations;

  describe("sessions of registrations", () => {
    test.each([
      ["as it is", session("s1.test;1;1")],
      [
        "without Origin-State-Id and without end",
        session("a", { originStateId: undefined, authorizedUntil: undefined, expiresAt: undefined }),
      ],
      [
        "the greatest there is",
        session("b", {
          originStateId: 0xffff_ffff,
          authorizedUntil: NOW + 4_294_967_294_000,
          expiresAt: NOW + 8_589_934_589_000,
        }),
      ],
      ["the longest Session-Id, of any characters", session(`'"\\%\u{1F600}é${"x".repeat(247)}`)],
    ])("is read as it was stored, by another process: %s", async (_title, one) => {
      const full = record("alice", one, one);
      await keep(await opened(), full);
      const store = await opened();
      expect(await store.find(full.user)).toEqual(full);
      expect((await store.list()).map((kept) => kept.record)).toEqual([full]);
      expect(await store.findSession(one.id)).toEqual({ user: full.user, originHost: "s1.test", open: true });
    });

    test("Session-Ids are told apart octet by octet", async () => {
      const store = await opened();
      await keep(store, record("alice", session("s1.test;a"), session("s1.test;A")));
      await end(store, "alice", "s1.test;A");
      expect((await store.find(user("alice"))).aors.map((aor) => aor.session?.id)).toEqual(["s1.test;a", undefined]);
      expect(await store.findSession("S1.test;a")).toBeUndefined();
    });

    test("changes, changes its SIP-AORs, ends, is remembered, and may begin anew", async () => {
      const store = await opened();
      await keep(store, record("alice", session("a"), session("a")));
      const longer = record("alice", session("a", { expiresAt: NOW + 5000, originHost: "s2.test" }), session("b"));
      await keep(store, longer);
      expect(await store.find(user("alice"))).toEqual(longer);
      // The same again.
      await keep(store, longer);
      expect(await store.find(user("alice"))).toEqual(longer);

      await end(store, "alice", "a");
      expect(await store.findSession("a")).toEqual({ user: user("alice"), originHost: "s2.test", open: false });
      await end(store, "alice", "a");
      expect((await store.find(user("alice"))).aors.map((aor) => aor.registration)).toEqual([
        "notRegistered",
        "registered",
      ]);

      await keep(store, longer);
      expect(await store.find(user("alice"))).toEqual(longer);
      expect(await store.findSession("a")).toMatchObject({ open: true });
    });

    test("is forgotten after some minutes, so many at a time", async () => {
      const store = await opened();
      await keep(store, record("alice", session("a"), session("b"), session("c"), session("d")));
      for (const id of ["a", "b", "c"]) await end(store, "alice", id);
      expect(await store.forgetSessions(NOW + LATER - 2, 10)).toBe(0);
      expect([await store.forgetSessions(NOW + LATER, 2), await store.forgetSessions(NOW + LATER, 2)]).toEqual([2, 1]);
      expect(await store.findSession("a")).toBeUndefined();
      expect(await store.findSession("d")).toMatchObject({ open: true });
    });

    test("is due when its time is over, the longest first", async () => {
      const store = await opened();
      await keep(store, record("alice", session("b", { expiresAt: NOW + 2 }), session("a", { expiresAt: NOW + 1 })));
      await keep(store, record("bob", session("c", { expiresAt: NOW + 3 }), session("d", { expiresAt: undefined })));
      expect(await store.dueSessions(NOW, 10)).toEqual([]);
      expect((await store.dueSessions(NOW + 2, 10)).map(({ id }) => id)).toEqual(["a", "b"]);
      expect((await store.dueSessions(NOW + 9, 1)).map(({ id }) => id)).toEqual(["a"]);
      expect((await store.dueSessions(NOW + 9e12, 10)).at(-1)).toEqual({ id: "c", user: user("bob"), expired: true });
    });

    test("of a SIP server that has restarted: what it opened before, and nothing else", async () => {
      const store = await opened();
      await keep(store, record("alice", session("old"), session("new", { originStateId: 8 })));
      await keep(
        store,
        record("bob", session("silent", { originStateId: undefined }), session("other", { originHost: "s2.test" })),
      );
      await keep(store, record("carol", session("endless", { authorizedUntil: undefined, expiresAt: undefined })));
      expect(await store.loseSessions("s1.test", 7, NOW - 5000)).toBe(0);
      expect(await store.loseSessions("s1.test", 8, NOW - 5000)).toBe(2);
      expect((await store.dueSessions(NOW - 5000, 10)).map(({ id, expired }) => [id, expired]).toSorted()).toEqual([
        ["endless", false],
        ["old", false],
      ]);
      // They stay due, and are lost once.
      expect(await store.loseSessions("s1.test", 9, NOW - 4000)).toBe(1);
    });

    test("a Session-Id is one user's; what another one was to have with it is not stored", async () => {
      const store = await opened();
      await keep(store, record("alice", session("a")));
      await expect(keep(store, record("bob", session("a")))).rejects.toMatchObject({ code: "STORE_EXISTS" });
      expect((await store.find(user("bob"))).aors).toMatchObject([{ registration: "notRegistered" }]);
      // Also while it is remembered.
      await end(store, "alice", "a");
      await expect(keep(store, record("bob", session("a")))).rejects.toMatchObject({ code: "STORE_EXISTS" });
      await store.forgetSessions(NOW + LATER, 10);
      await keep(store, record("bob", session("a")));
    });

    test("several processes end each one once, also what operators have left without SIP-AOR", async () => {
      const stores = [await opened(), await opened()];
      const [store] = stores as [RegistrationStore];
      const names = Array.from({ length: 12 }, (_, index) => `user${index}`);
      for (const name of names)
        await keep(store, record(name, session(`${name};1`), session(`${name};2`, { expiresAt: NOW + 1e9 })));
      await query("DELETE FROM diamgen_sip_aor WHERE aor = 'sip:user0@sipdomain.invalid'");

      const clock = new VirtualClock(NOW + 2000);
      const ended: string[] = [];
      const failures: unknown[] = [];
      const sweeps = stores.map(
        (one) =>
          new SessionSweep({
            store: one,
            clock,
            onEnded: ({ id }) => ended.push(id),
            onFailure: (error) => failures.push(error),
          }),
      );
      for (const sweep of sweeps) sweep.start();
      clock.advance(10_000);
      await expect.poll(() => store.dueSessions(NOW + 20_000, 10)).toEqual([]);
      await Promise.all(sweeps.map((sweep) => sweep.stop()));
      expect(failures).toEqual([]);
      expect(ended.toSorted()).toEqual(
        names
          .slice(1)
          .map((name) => `${name};1`)
          .toSorted(),
      );
      expect(await store.dueSessions(NOW + 20_000, 10)).toEqual([]);
      for (const name of names.slice(1))
        expect((await store.find(user(name))).aors).toMatchObject([
          { registration: "notRegistered", server: undefined },
          { registration: "registered", session: { id: `${name};2` } },
        ]);
    });

    test("a database that was made before there were sessions: registrations go on without, and with them once it is brought up to date", async () => {
      const before = record("alice", session("a"));
      const registered = { ...before, aors: before.aors.map(({ session: _none, ...aor }) => aor) };
      await keep(await opened(), registered);
      await query("DROP TABLE diamgen_sip_session");
      const stores = await open({ prepare: false } as Partial<DatabaseOptions>);
      const { registrations: store } = stores;
      // The embedded database has made it when it was opened.
      const missing = stores.pool !== undefined;
      expect(await store.find(before.user)).toEqual(registered);
      await end(store, "alice", "a");
      await keep(store, registered);
      const none = [
        store.findSession("a"),
        store.dueSessions(NOW, 1),
        store.loseSessions("s", 1, NOW),
        store.forgetSessions(NOW, 1),
      ];
      expect(await Promise.all(none)).toEqual([undefined, [], 0, 0]);
      if (missing) {
        await expect(keep(store, before)).rejects.toMatchObject({ code: "STORE_SCHEMA" });
        await stores.prepare();
      }
      const { registrations: upgraded } = await open();
      expect(await upgraded.find(before.user)).toEqual(registered);
      await keep(upgraded, before);
      expect(await (await opened()).find(before.user)).toEqual(before);
    });
  });
}
