/** Subscribers in SQLite. */

import Libsql from "libsql";
import { expect, test } from "vitest";
import { openSqlite } from "../../server/src/store/index.js";
import { openStores, temporaryPath } from "./support.js";

const alice = { username: "alice", domain: "sip.example.test", password: "wonderland" };

/** What `printf '%s' alice:sip.example.test:wonderland | openssl dgst -md5` and so on print. */
const aliceHa1 = {
  ha1: "d5790ffd01ac914562023b3bb109848f",
  ha1Sha256: "cf87376568771e896dac0cc43417b8da45b987050e5c2eba03335d65bbb43c6c",
  ha1Sha512t256: "105bdb961119dcbfa4fbbf116dfd7b39fba70079035570785edb1a4384579583",
};

test("what is added is found, with every HA1 and without the password", async () => {
  const { subscribers } = openStores();
  await subscribers.add(alice);
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toEqual({
    id: 1,
    username: "alice",
    domain: "sip.example.test",
    password: "",
    ...aliceHa1,
  });
});

test("the password is kept where that is asked for", async () => {
  const { subscribers } = openStores();
  await subscribers.add({ ...alice, keepPassword: true });
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject({ password: "wonderland" });
  await subscribers.setPassword("alice", "sip.example.test", "other");
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject({ password: "" });
});

test.each([
  ["alice", "other.test"],
  ["bob", "sip.example.test"],
  ["ALICE", "sip.example.test"],
  ["alice ", "sip.example.test"],
  ["alice\0", "sip.example.test"],
  ["alice", "sip.example.test\0"],
  ["", ""],
  ["a' OR '1'='1", "sip.example.test"],
  ["alice'; DROP TABLE subscriber; --", "sip.example.test"],
  ["%", "%"],
  ["u".repeat(100_000), "sip.example.test"],
])("%j@%j is not there", async (username, domain) => {
  const { subscribers } = openStores();
  await subscribers.add(alice);
  await expect(subscribers.find(username, domain)).resolves.toBeUndefined();
  await expect(subscribers.setPassword(username, domain, "x")).resolves.toBe(false);
  await expect(subscribers.delete(username, domain)).resolves.toBe(false);
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject(aliceHa1);
});

test.each(["a' OR '1'='1", "Robert'); DROP TABLE subscriber;--", "j\u00f8rn", "\u{1F600}", 'q"u\\o`te', "?1", ":name"])(
  "a subscriber may be called %j",
  async (username) => {
    const { subscribers } = openStores();
    await subscribers.add({ ...alice, username });
    await expect(subscribers.find(username, alice.domain)).resolves.toMatchObject({ username });
    await expect(subscribers.delete(username, alice.domain)).resolves.toBe(true);
    await expect(subscribers.list()).resolves.toEqual([]);
  },
);

test("a second one of the same name is refused, and the first one stays as it was", async () => {
  const { subscribers } = openStores();
  await subscribers.add(alice);
  await expect(subscribers.add({ ...alice, password: "other" })).rejects.toMatchObject({ code: "STORE_EXISTS" });
  await subscribers.add({ ...alice, domain: "other.test" });
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject(aliceHa1);
});

test.each([
  ["no name", { username: "" }],
  ["no domain", { domain: "" }],
  ["a name of 65 characters", { username: "u".repeat(65) }],
  ["a name with a NUL", { username: "a\0b" }],
  ["no password", { password: "" }],
  ["a password to keep with a NUL", { password: "a\0b", keepPassword: true }],
])("%s is refused", async (_title, change) => {
  const { subscribers } = openStores();
  await expect(subscribers.add({ ...alice, ...change })).rejects.toMatchObject({ code: "STORE_INVALID" });
  await expect(subscribers.list()).resolves.toEqual([]);
});

test("64 characters fit, whatever octets they take", async () => {
  const { subscribers } = openStores();
  await expect(subscribers.add({ ...alice, username: "\u{1F600}".repeat(64) })).resolves.toBeUndefined();
});

test("setPassword and delete say whether there was somebody", async () => {
  const { subscribers } = openStores();
  await expect(subscribers.setPassword("alice", "sip.example.test", "x")).resolves.toBe(false);
  await expect(subscribers.delete("alice", "sip.example.test")).resolves.toBe(false);
  await subscribers.add({ ...alice, password: "x" });
  await expect(subscribers.setPassword("alice", "sip.example.test", "wonderland")).resolves.toBe(true);
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject(aliceHa1);
  await expect(subscribers.setPassword("alice", "sip.example.test", "")).rejects.toMatchObject({
    code: "STORE_INVALID",
  });
  await expect(subscribers.delete("alice", "sip.example.test")).resolves.toBe(true);
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toBeUndefined();
});

test("the list has no secrets and comes in pages", async () => {
  const { subscribers } = openStores();
  for (const username of ["a", "b", "c"]) await subscribers.add({ ...alice, username, emailAddress: `${username}@x` });
  await subscribers.add({ ...alice, domain: "other.test", keepPassword: true });
  const first = await subscribers.list({ limit: 2 });
  expect(first).toEqual([
    {
      id: 1,
      username: "a",
      domain: "sip.example.test",
      emailAddress: "a@x",
      rpid: undefined,
      stored: { password: false, ha1: true, ha1Sha256: true, ha1Sha512t256: true },
    },
    expect.objectContaining({ username: "b" }),
  ]);
  await expect(subscribers.list({ afterId: 2 })).resolves.toMatchObject([{ username: "c" }, { username: "alice" }]);
  await expect(subscribers.list({ domain: "other.test" })).resolves.toMatchObject([{ stored: { password: true } }]);
  for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) {
    await expect(subscribers.list({ limit })).rejects.toMatchObject({ code: "STORE_INVALID" });
  }
});

test("subscribers survive reopening; what another program writes is seen at once", async () => {
  const path = temporaryPath();
  const before = openSqlite({ path });
  await before.subscribers.add(alice);
  await before.close();
  const { subscribers } = openStores({ path });
  await expect(subscribers.find("alice", "sip.example.test")).resolves.toMatchObject(aliceHa1);

  // As opensips-cli does: HA1 for MD5 only.
  const other = new Libsql(path);
  other.exec("INSERT INTO subscriber (username, domain, ha1) VALUES ('bob', 'x', '00000000000000000000000000000000')");
  other.close();
  await expect(subscribers.find("bob", "x")).resolves.toEqual({
    id: 2,
    username: "bob",
    domain: "x",
    password: "",
    ha1: "0".repeat(32),
    ha1Sha256: "",
    ha1Sha512t256: "",
  });
});
