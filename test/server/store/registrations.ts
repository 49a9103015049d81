/** What every database must do for registrations (RFC 4740). */

import { describe, expect, test } from "vitest";
import { assignServer } from "../../../server/src/registration/assign-server.js";
import type { UserRecord } from "../../../server/src/registration/index.js";
import type { Stores } from "../../../server/src/store/index.js";
import { OWN, S1, S2 } from "../registration/records.js";
import { registrationsSurvive } from "../registration/restart.js";

const USER = { username: "alice", domain: "sipdomain.invalid" };
const BOB = { username: "bob", domain: "sipdomain.invalid" };
const WORK = "sip:alice.work@sipdomain.invalid";
const aor = { mayRegister: true, registration: "notRegistered", server: undefined, userDataTypes: [] } as const;

/** Everything that can be said of a user. */
const FULL: UserRecord = {
  user: USER,
  profile: {
    visitedNetworks: ["a.test", "\u{1F600}"],
    mandatoryCapabilities: [0, 4294967295],
    optionalCapabilities: [7],
    unregisteredService: true,
  },
  pending: S2,
  aors: [
    { ...aor, aor: OWN, registration: "registered", server: S1, userDataTypes: ["b", "a"] },
    {
      ...aor,
      aor: WORK,
      mayRegister: false,
      registration: "unregistered",
      server: { ...S2, uri: `sip:${"s".repeat(1020)}` },
    },
  ],
  userData: [
    { type: "a", contents: Uint8Array.of(0, 255, 128, 10) },
    { type: "A", contents: new Uint8Array() },
    { type: "large", contents: new Uint8Array(100_000).fill(7) },
  ],
};

export function registrations(
  open: () => Promise<Stores>,
  query: (sql: string) => Promise<readonly Record<string, unknown>[]>,
): void {
  const set = (stores: Stores, record: UserRecord) => stores.registrations.update(record.user, () => ({ record }));

  describe("registrations", () => {
    test("of nobody: the subscriber's own SIP-AOR", async () => {
      const { registrations } = await open();
      expect(await registrations.find(USER)).toEqual({
        user: USER,
        profile: {
          visitedNetworks: undefined,
          mandatoryCapabilities: [],
          optionalCapabilities: [],
          unregisteredService: false,
        },
        pending: undefined,
        aors: [{ ...aor, aor: OWN }],
        userData: [],
      });
      expect(await registrations.ownerOf(OWN)).toBeUndefined();
      expect(await registrations.list()).toEqual([]);
    });

    test("are read as they were stored, by another process", async () => {
      await set(await open(), FULL);
      const { registrations } = await open();
      expect(await registrations.find(USER)).toEqual(FULL);
      expect(await registrations.ownerOf(WORK)).toEqual(USER);
      expect(await registrations.ownerOf(WORK.toUpperCase())).toBeUndefined();
      expect((await registrations.list()).map(({ record }) => record)).toEqual([FULL]);
    });

    test("change, and lose what is taken away", async () => {
      const stores = await open();
      await set(stores, FULL);
      const [own] = FULL.aors as [UserRecord["aors"][number]];
      const less: UserRecord = {
        ...FULL,
        profile: { ...FULL.profile, visitedNetworks: [], mandatoryCapabilities: [] },
        pending: undefined,
        aors: [{ ...own, server: undefined, registration: "notRegistered" }],
        userData: FULL.userData.slice(1, 2),
      };
      await set(stores, less);
      expect(await stores.registrations.find(USER)).toEqual(less);
      await set(stores, less);
      expect(await stores.registrations.find(USER)).toEqual(less);
    });

    test("in pages", async () => {
      const stores = await open();
      await set(stores, FULL);
      await set(stores, { ...FULL, user: BOB, aors: [] });
      const [first] = await stores.registrations.list({ limit: 1 });
      const rest = await stores.registrations.list({ afterId: first?.id ?? 0 });
      expect([first?.record.user, ...rest.map(({ record }) => record.user)]).toEqual([USER, BOB]);
      await expect(stores.registrations.list({ limit: 0 })).rejects.toMatchObject({ code: "STORE_INVALID" });
    });

    test("a SIP-AOR is one user's; what another one adds with it is not stored either", async () => {
      const stores = await open();
      await set(stores, FULL);
      const bob = await stores.registrations.find(BOB);
      const greedy = { ...bob, pending: S1, aors: [...bob.aors, { ...aor, aor: WORK }] };
      await expect(set(stores, greedy)).rejects.toMatchObject({ code: "STORE_EXISTS" });
      expect((await stores.registrations.find(BOB)).pending).toBeUndefined();
      expect(await stores.registrations.ownerOf(WORK)).toEqual(USER);
    });

    test("a subscriber's own SIP-AOR may be given to another user", async () => {
      const stores = await open();
      const alice = await stores.registrations.find(USER);
      await set(stores, { ...alice, aors: [...alice.aors, { ...aor, aor: "sip:bob@sipdomain.invalid" }] });
      expect((await stores.registrations.find(BOB)).aors).toEqual([]);
      expect(await stores.registrations.ownerOf("sip:bob@sipdomain.invalid")).toEqual(USER);
    });

    test("a decision that throws stores nothing, and the next one goes on", async () => {
      const stores = await open();
      const failing = stores.registrations.update(USER, () => {
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await stores.registrations.list()).toEqual([]);
      await set(stores, FULL);
    });

    test("what an operator writes: profile by SQL, and what is none", async () => {
      const { registrations } = await open();
      await query(
        `INSERT INTO diamgen_sip_user (username, domain, visited_networks, mandatory_capabilities, optional_capabilities,
          unregistered_service) VALUES ('alice', 'sipdomain.invalid', '["a.test", 1]', '[1, -1, 0.5, "x"]', '{}', 1)`,
      );
      await query(
        `INSERT INTO diamgen_sip_aor (user_id, aor) SELECT id, '${WORK}' FROM diamgen_sip_user WHERE username = 'alice'`,
      );
      await query(
        "INSERT INTO diamgen_sip_user_data (user_id, type, contents) SELECT id, 't', 'AQI=' FROM diamgen_sip_user",
      );
      expect(await registrations.find(USER)).toEqual({
        user: USER,
        profile: {
          visitedNetworks: ["a.test"],
          mandatoryCapabilities: [1],
          optionalCapabilities: [],
          unregisteredService: true,
        },
        pending: undefined,
        aors: [
          { ...aor, aor: OWN },
          { ...aor, aor: WORK },
        ],
        userData: [{ type: "t", contents: Uint8Array.of(1, 2) }],
      });
    });

    test("two processes do not assign two SIP servers, however often they try at once", async () => {
      const processes = [await open(), await open()];
      for (let round = 0; round < 5; round++) {
        const user = { username: `user${round}`, domain: "sipdomain.invalid" };
        const claims = await Promise.all(
          [0, 1, 2, 3, 4, 5].map((index) =>
            processes[index % 2]?.registrations.update(user, (record) =>
              assignServer(record, {
                type: 1,
                aors: [`sip:user${round}@sipdomain.invalid`],
                server: { uri: `sip:s${index}.test`, originHost: "s.test", originRealm: "test" },
                hasUserData: true,
                userDataTypes: [],
              }),
            ),
          ),
        );
        expect(claims.map((claim) => claim?.resultCode).sort()).toEqual([2001, 5036, 5036, 5036, 5036, 5036]);
        const winner = claims.find((claim) => claim?.resultCode === 2001)?.record;
        expect(await processes[0]?.registrations.find(user)).toEqual(winner);
      }
    });

    registrationsSurvive(open);

    test("a closed store says so", async () => {
      const stores = await open();
      await stores.close();
      await expect(stores.registrations.find(USER)).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(set(stores, FULL)).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });
  });
}
