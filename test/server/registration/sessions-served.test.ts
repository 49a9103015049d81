/** Sessions of registrations over sockets: SIP servers with the typed client, our server on SQLite. RFC 4740 section 6.7. */

import { expect, onTestFinished, test } from "vitest";
import { AuthorizationLifetime, OriginStateId } from "../../../generated/src/base/index.js";
import * as sip from "../../../generated/src/sip/index.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { createLogger, type SipServerOptions } from "../../../server/src/index.js";
import type { SessionSettings, UserRecord } from "../../../server/src/registration/index.js";
import { testWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { ALICE, startServer } from "../diameter/support.js";
import { COMMON, OWN, startSipServer, Type } from "./support.js";

const USER = { username: ALICE.username, domain: ALICE.domain };
const WORK = "sip:alice.work@sipdomain.invalid";
const { STATE_MAINTAINED, NO_STATE_MAINTAINED } = sip.AuthSessionState;

/** What became of sessions: "+1", "-1 terminated". */
class Watched {
  readonly said: string[] = [];
  authenticated(): void {}
  accounted(): void {}
  sessionsOpened(count: number): void {
    this.said.push(`+${count}`);
  }
  sessionsEnded(cause: string, count: number): void {
    this.said.push(`-${count} ${cause}`);
  }
}

async function setup(sessions: SessionSettings = {}, options: Partial<SipServerOptions> = {}) {
  const watch = new Watched();
  const registration = { sessions: { maintain: "requested", ...sessions } } as const;
  const running = await startServer({ watch, registration, ...options });
  onTestFinished(() => running[Symbol.asyncDispose]());
  const enter = async (name: string, originStateId?: number) => {
    const mock = await startSipServer(running.port, name, originStateId === undefined ? {} : { originStateId });
    onTestFinished(() => mock[Symbol.asyncDispose]());
    return mock;
  };
  const { registrations } = running.stores;
  await registrations.update(USER, (record) => ({ record: withWork(record) }));
  /** Of OWN and of WORK. */
  const states = async () => {
    const { aors } = await registrations.find(USER);
    return [OWN, WORK].map((name) => {
      const found = aors.find(({ aor }) => aor === name);
      return [found?.registration, found?.session?.id];
    });
  };
  return { ...running, watch, enter, s1: await enter("s1"), states };
}

const withWork = (record: UserRecord): UserRecord => ({
  ...record,
  aors: [...record.aors, { ...(record.aors[0] as UserRecord["aors"][number]), aor: WORK }],
});

const code = ({ resultCode }: { readonly resultCode: number }) => resultCode;
const NONE = ["notRegistered", undefined];

test("SAR opens it, SAR goes on with it, STR ends it and the registration", async () => {
  const lines: string[] = [];
  const log = createLogger({ destination: { write: (line) => lines.push(line) } });
  const settings = { authorizationLifetimeSeconds: 100, authGracePeriodSeconds: 5 };
  const { s1, watch, states } = await setup(settings, { log });
  const opened = await s1.enter(Type.REGISTRATION);
  const { sessionId } = opened;
  const maintained = { authSessionState: STATE_MAINTAINED, authorizationLifetime: 100, authGracePeriod: 5 };
  expect(opened).toMatchObject({ resultCode: 2001, ...maintained });
  // Nothing that the grammar does not have, for strict SIP servers take what has the M bit for 5001.
  expect(opened.avps).toEqual([]);
  expect(await s1.enter(Type.RE_REGISTRATION, { sessionId })).toMatchObject({
    resultCode: 2001,
    sessionId,
    ...maintained,
  });
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  // Whoever only asks has none.
  for (const answer of [await s1.authorize({ authSessionState: STATE_MAINTAINED }), await s1.locate()])
    expect(answer).toMatchObject({ resultCode: expect.any(Number), authSessionState: NO_STATE_MAINTAINED });
  expect(await s1.leave(sessionId)).toMatchObject({ resultCode: 2001, sessionId });
  expect(lines.map((line) => JSON.parse(line)).findLast(({ msg }) => msg === "STR")).toMatchObject({
    ...{ sessionId, resultCode: 2001 },
    ...{ terminationCause: "DIAMETER_LOGOUT", ended: [OWN] },
  });
  expect(await states()).toEqual([NONE, NONE]);
  expect(code(await s1.locate())).toBe(5034);
  expect(watch.said).toEqual(["+1", "-1 terminated"]);
});

test("a session that was never there, or is another SIP server's, is unknown", async () => {
  const { s1, enter, states } = await setup();
  const s2 = await enter("s2");
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  expect(code(await s2.leave(sessionId))).toBe(5002);
  // What not every database tells apart, and what none keeps; what has a NUL does not come here.
  for (const other of [`${sessionId};x`, `${sessionId} `, "x".repeat(100_000)])
    expect(code(await s1.leave(other)), other.slice(0, 50)).toBe(5002);
  expect(await states()).toEqual([["registered", sessionId], NONE]);
});

test("an STR that comes again is answered as the first one, and ends nothing that was registered since", async () => {
  const { s1, watch, states } = await setup();
  const first = await s1.enter(Type.REGISTRATION);
  expect(code(await s1.leave(first.sessionId))).toBe(2001);
  const second = await s1.enter(Type.REGISTRATION);
  expect(code(await s1.leave(first.sessionId))).toBe(2001);
  expect(await states()).toEqual([["registered", second.sessionId], NONE]);
  expect(watch.said).toEqual(["+1", "-1 terminated", "+1"]);
  // The same Session-Id may be used again.
  expect(code(await s1.enter(Type.REGISTRATION, { sessionId: first.sessionId }))).toBe(2001);
  expect(await states()).toEqual([["registered", first.sessionId], NONE]);
});

test("a registration in another session takes the place of the first: its STR ends nothing", async () => {
  const { s1, watch, states } = await setup();
  const first = await s1.enter(Type.REGISTRATION);
  const second = await s1.enter(Type.RE_REGISTRATION);
  expect(code(await s1.leave(first.sessionId))).toBe(2001);
  expect(await states()).toEqual([["registered", second.sessionId], NONE]);
  // In it: it goes on, whatever the request has (RFC 6733 section 8).
  const { sessionId } = second;
  expect(await s1.assign(Type.RE_REGISTRATION, { sessionId })).toMatchObject({ authSessionState: STATE_MAINTAINED });
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  // In none: from here on by SAR and RTR.
  expect(await s1.assign(Type.RE_REGISTRATION)).toMatchObject({ authSessionState: NO_STATE_MAINTAINED });
  expect(await states()).toEqual([["registered", undefined], NONE]);
  expect(watch.said).toEqual(["+1", "+1", "-1 replaced", "-1 replaced"]);
});

test("a deregistration by SAR is done, and ends the session with it", async () => {
  const { s1, watch, states } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  const kept = await s1.enter(Type.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME, { sessionId });
  expect(kept).toMatchObject({ resultCode: 2001, authSessionState: NO_STATE_MAINTAINED });
  expect(kept.authorizationLifetime).toBeUndefined();
  expect(await states()).toEqual([NONE, NONE]);
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
  await s1.enter(Type.REGISTRATION);
  expect(code(await s1.assign(Type.AUTHENTICATION_TIMEOUT))).toBe(2001);
  expect(await states()).toEqual([NONE, NONE]);
  expect(watch.said).toEqual(["+1", "-1 deregistered", "+1", "-1 deregistered"]);
});

test("whoever is no longer authorized is in no session; a request that is wrong ends nothing", async () => {
  const { s1, stores, watch, states } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  expect(code(await s1.enter(Type.RE_REGISTRATION, { sessionId, sipAor: [OWN, WORK] }))).toBe(5009);
  expect(code(await s1.enter(77, { sessionId }))).toBe(5004);
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  await stores.registrations.update(USER, (record) => ({
    record: { ...record, aors: record.aors.map((aor) => ({ ...aor, mayRegister: false })) },
  }));
  // Of another session: nothing is said of this one.
  expect(code(await s1.enter(Type.RE_REGISTRATION))).toBe(5003);
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  expect(await s1.enter(Type.RE_REGISTRATION, { sessionId })).toMatchObject({
    resultCode: 5003,
    authSessionState: STATE_MAINTAINED,
    authorizationLifetime: undefined,
  });
  expect(await states()).toEqual([NONE, NONE]);
  expect(watch.said).toEqual(["+1", "-1 refused"]);
});

test("a Session-Id that another user's session has: registered without a session", async () => {
  const { s1, stores, states } = await setup();
  await stores.subscribers.add({ ...ALICE, username: "bob" });
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  const bob = await s1.enter(Type.REGISTRATION, { sessionId, userName: "bob", sipAor: ["sip:bob@sipdomain.invalid"] });
  expect(bob).toMatchObject({ resultCode: 2001, authSessionState: NO_STATE_MAINTAINED });
  expect(code(await s1.leave(sessionId))).toBe(2001);
  expect(await states()).toEqual([NONE, NONE]);
  expect(code(await s1.locate("sip:bob@sipdomain.invalid"))).toBe(2001);
});

test("the server ends it by ASR: refused, with 2002, done, forced, not known there", async () => {
  const { s1, server, watch, states } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  const terminate = () => server.terminateRegistration({ ...USER, aors: [OWN], reason: "SIP_SERVER_CHANGE" });

  s1.answers.abort = 5012;
  expect(await terminate()).toMatchObject([{ resultCode: 5012, aors: [OWN], sessionId, ended: false }]);
  expect(s1.aborts).toMatchObject([
    { sessionId, destinationHost: "s1.diameter.test", authApplicationId: 6, userName: "alice@sipdomain.invalid" },
  ]);
  expect(await states()).toEqual([["registered", sessionId], NONE]);

  s1.answers.abort = 2002;
  const later = s1.left();
  expect(await terminate()).toMatchObject([{ resultCode: 2002, ended: false }]);
  expect(code(await await later)).toBe(2001);
  expect(await states()).toEqual([NONE, NONE]);

  s1.answers.abort = 2001;
  await s1.enter(Type.REGISTRATION);
  const left = s1.left();
  expect(await terminate()).toMatchObject([{ resultCode: 2001, ended: true }]);
  expect(await states()).toEqual([NONE, NONE]);
  // The STR that follows is no error.
  expect(code(await left)).toBe(2001);

  s1.answers.abort = 5012;
  await s1.enter(Type.REGISTRATION);
  expect(await server.terminateRegistration({ ...USER, force: true })).toMatchObject([
    { resultCode: 5012, ended: true },
  ]);
  expect(await states()).toEqual([NONE, NONE]);

  s1.answers.abort = 5002;
  await s1.enter(Type.REGISTRATION);
  expect(await terminate()).toMatchObject([{ resultCode: 5002, ended: true }]);
  expect(await states()).toEqual([NONE, NONE]);

  await s1.enter(Type.REGISTRATION);
  await s1.node.stop();
  const [gone] = await terminate();
  expect(gone).toMatchObject({ resultCode: undefined, ended: false, error: expect.any(Error) });
  expect(s1.terminations).toEqual([]);
  // Where the SIP server complies, its STR may be faster than its answer.
  const ended = watch.said.filter((one) => one.startsWith("-"));
  expect([ended[0], ...ended.slice(2)]).toEqual(["-1 terminated", "-1 aborted", "-1 aborted"]);
  expect(ended[1]).toMatch(/^-1 (?:terminated|aborted)$/);
});

test("what is in a session ends by ASR, the rest by RTR, which names it", async () => {
  const { s1, server, states } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  await s1.assign(Type.REGISTRATION, { sipAor: [WORK] });
  expect(await server.terminateRegistration(USER)).toMatchObject([
    { sessionId, aors: [OWN], ended: true },
    { aors: [WORK], ended: true },
  ]);
  expect([s1.aborts.length, s1.terminations.map(({ sipAor }) => sipAor)]).toEqual([1, [[WORK]]]);
  expect(await states()).toEqual([NONE, NONE]);
});

test("too much data: the user is to register again, by ASR where there is a session (sections 8.12 and 6.7)", async () => {
  const { s1, server } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  s1.answers.push = 5039;
  expect(await server.pushProfile(USER)).toMatchObject([
    { resultCode: 5039, terminations: [{ sessionId, resultCode: 2001, ended: true }] },
  ]);
  expect(s1.terminations).toEqual([]);
});

test("a user who moves to another SIP server: the first one gets an ASR, and its STR is no error", async () => {
  const { s1, enter, states, watch } = await setup({}, { challenge: { key: new Uint8Array(32).fill(1) } });
  const s2 = await enter("s2");
  await s1.enter(Type.REGISTRATION);
  const challenged = await s2.client.multimediaAuth({
    ...COMMON,
    ...{ sipAor: OWN, sipMethod: "REGISTER", userName: "alice", sipServerUri: s2.uri },
    authSessionState: STATE_MAINTAINED,
    sipAuthDataItem: { sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST },
  });
  expect(challenged).toMatchObject({ resultCode: 1001, authSessionState: NO_STATE_MAINTAINED });
  const left = s1.left();
  const { sessionId } = await s2.enter(Type.REGISTRATION);
  expect(code(await left)).toBe(2001);
  expect(s1.terminations).toEqual([]);
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  expect(watch.said).toEqual(["+1", "+1", "-1 replaced"]);
});

test("after Authorization-Lifetime and Auth-Grace-Period it is over, unless the user is registered again", async () => {
  const clock = new VirtualClock(Date.now());
  const { s1, states, watch } = await setup({ authorizationLifetimeSeconds: 3000 }, { clock, watchdogMs: 86_400_000 });
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  clock.advance(3_000_000);
  const shorter = await s1.enter(Type.RE_REGISTRATION, { sessionId, avps: [AuthorizationLifetime.of(600)] });
  expect(shorter).toMatchObject({ resultCode: 2001, authorizationLifetime: 600, authGracePeriod: 60 });
  clock.advance(650_000);
  // In it, but no registration: what is left.
  expect(await s1.enter(Type.NO_ASSIGNMENT, { sessionId })).toMatchObject({
    authSessionState: STATE_MAINTAINED,
    authorizationLifetime: 0,
  });
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  await expect
    .poll(async () => {
      clock.advance(10_000);
      return states();
    })
    .toEqual([NONE, NONE]);
  expect(watch.said).toEqual(["+1", "-1 expired"]);
  // Its timer runs out at the same time, and has it send an STR (RFC 6733 section 8.1).
  expect(code(await s1.leave(sessionId, sip.TerminationCause.DIAMETER_AUTH_EXPIRED))).toBe(2001);
  // Some minutes later nobody remembers.
  await expect
    .poll(async () => {
      clock.advance(60_000);
      return code(await s1.leave(sessionId));
    })
    .toBe(5002);
});

test("a SIP server that has restarted has lost its sessions (RFC 6733 sections 8.6 and 8.16)", async () => {
  const { enter, server, states, watch } = await setup();
  const before = await enter("s7", 100);
  await before.enter(Type.REGISTRATION);
  await before.enter(Type.REGISTRATION, { sipAor: [WORK] });
  await before.node.stop();
  // A connection that broke is no restart.
  const again = await enter("s7", 100);
  expect(code(await again.locate())).toBe(2001);
  await again.node.stop();
  const after = await enter("s7", 101);
  await expect.poll(states).toEqual([NONE, NONE]);
  expect(watch.said.filter((one) => one.startsWith("-"))).toEqual(["-1 lost", "-1 lost"]);
  // What it has since is not lost, whoever says what.
  const { sessionId } = await after.enter(Type.REGISTRATION);
  expect(await states()).toEqual([["registered", sessionId], NONE]);
  // A SIP server behind a proxy says so in its requests.
  const late = await after.enter(Type.REGISTRATION, { sipAor: [WORK], avps: [OriginStateId.of(102)] });
  await expect.poll(states).toEqual([NONE, ["registered", late.sessionId]]);
  expect(await server.terminateRegistration(USER)).toMatchObject([{ sessionId: late.sessionId, ended: true }]);
});

test("a database that was made before there were sessions: users register without, and the log says why", async () => {
  const lines: string[] = [];
  const log = createLogger({ level: "warn", destination: { write: (line) => lines.push(line) } });
  const running = await startServer({ registration: { sessions: { maintain: "requested" } }, log });
  onTestFinished(() => running[Symbol.asyncDispose]());
  running.stores.connection.exec("DROP TABLE diamgen_sip_session");
  await using s1 = await startSipServer(running.port);
  const registered = await s1.enter(Type.REGISTRATION);
  expect(registered).toMatchObject({ resultCode: 2001, authSessionState: NO_STATE_MAINTAINED });
  expect(code(await s1.leave(registered.sessionId))).toBe(5002);
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
  expect(code(await s1.enter(Type.USER_DEREGISTRATION))).toBe(2001);
  expect(lines.join("")).toContain("`diamgen-server database init` makes it");
});

test("a database that fails: 5012 to an STR, and it may come again", async () => {
  const { s1, stores } = await setup();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  await stores.close();
  expect(await s1.leave(sessionId)).toMatchObject({ resultCode: 5012, errorMessage: "DIAMETER_UNABLE_TO_COMPLY" });
});

testWith(tsharkRequirements, "Wireshark has nothing against any of it", async () => {
  const { s1, server, states } = await setup();
  const left = s1.left();
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  await s1.enter(Type.RE_REGISTRATION, { sessionId });
  await server.terminateRegistration(USER);
  await left;
  await s1.leave("nobody;1;1");
  expect(await states()).toEqual([NONE, NONE]);
  const read = await expectClean(s1.messages);
  expect(new Set(read.map(({ code: command }) => command))).toEqual(new Set([257, 274, 275, 284]));
});
