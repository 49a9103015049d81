/** RFC 4740 over sockets: SIP servers with the typed client, our server on SQLite. */

import { expect, onTestFinished, test } from "vitest";
import * as sip from "../../../generated/src/sip/index.js";
import { createLogger, SipServer } from "../../../server/src/index.js";
import type { UserRecord } from "../../../server/src/registration/index.js";
import { openSqlite, type Stores } from "../../../server/src/store/index.js";
import { testWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { ALICE, SERVER, startServer } from "../diameter/support.js";
import { COMMON, OWN, type SipServerMock, startSipServer, Type } from "./support.js";

const USER = { username: ALICE.username, domain: ALICE.domain };
const WORK = "sip:alice.work@sipdomain.invalid";
const { REGISTRATION, DEREGISTRATION, REGISTRATION_AND_CAPABILITIES } = sip.SipUserAuthorizationType;
const ACCOUNTING = { sipAccountingServerUri: ["aaa://acct.diameter.test:3868;transport=tcp"] } as const;

async function setup(...names: string[]) {
  const running = await startServer({ registration: { accountingInformation: ACCOUNTING } });
  onTestFinished(() => running[Symbol.asyncDispose]());
  const servers: SipServerMock[] = [];
  for (const name of names.length > 0 ? names : ["s1"]) {
    const mock = await startSipServer(running.port, name);
    onTestFinished(() => mock[Symbol.asyncDispose]());
    servers.push(mock);
  }
  return { ...running, servers, s1: servers[0] as SipServerMock, s2: servers[1] as SipServerMock };
}

/** What an operator says of alice. */
async function provision(stores: Stores, change: (record: UserRecord) => Partial<UserRecord>): Promise<void> {
  await stores.registrations.update(USER, (record) => ({ record: { ...record, ...change(record) } }));
}

const withWork = (record: UserRecord) => ({
  aors: [...record.aors, { ...(record.aors[0] as UserRecord["aors"][number]), aor: WORK }],
});

const code = ({ resultCode }: { readonly resultCode: number }) => resultCode;

test("a user comes and goes: figures 2 and 5, section 6.7", async () => {
  const { s1 } = await setup();
  const first = await s1.authorize();
  expect(first).toMatchObject({ resultCode: 2003, sipServerUri: undefined, authSessionState: 1 });
  expect(first.sipServerCapabilities).toBeDefined();
  expect(code(await s1.locate())).toBe(5034);
  const registered = await s1.assign(Type.REGISTRATION);
  expect(registered).toMatchObject({ resultCode: 2001, userName: "alice", sipAccountingInformation: ACCOUNTING });
  expect(await s1.authorize()).toMatchObject({ resultCode: 2004, sipServerUri: s1.uri });
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
  expect(await s1.locate("sips:alice@SIPDOMAIN.invalid;user=phone")).toMatchObject({ resultCode: 2001 });
  expect(code(await s1.assign(Type.RE_REGISTRATION))).toBe(2001);
  expect(await s1.authorize({ sipUserAuthorizationType: DEREGISTRATION })).toMatchObject({
    resultCode: 2001,
    sipServerUri: s1.uri,
  });
  expect(await s1.assign(Type.USER_DEREGISTRATION)).toMatchObject({
    resultCode: 2001,
    sipAccountingInformation: undefined,
  });
  expect(code(await s1.locate())).toBe(5034);
  expect(code(await s1.authorize({ sipUserAuthorizationType: DEREGISTRATION }))).toBe(5034);
  expect(code(await s1.authorize())).toBe(2003);
});

test("by default sessions are not maintained, whatever a SIP server would like: section 6.7", async () => {
  const { s1, stores } = await setup();
  const authSessionState = sip.AuthSessionState.STATE_MAINTAINED;
  const registered = await s1.assign(Type.REGISTRATION, { authSessionState });
  expect(registered).toMatchObject({
    resultCode: 2001,
    authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
  });
  const { sessionId } = registered;
  const ended = await s1.client.sessionTermination({
    destinationRealm: COMMON.destinationRealm,
    sessionId,
    authApplicationId: 6,
    terminationCause: 1,
  });
  expect(ended).toMatchObject({ resultCode: 5002, sessionId });
  // It ends by SAR.
  expect((await stores.registrations.find(USER)).aors).toMatchObject([{ registration: "registered" }]);
  expect(code(await s1.assign(Type.USER_DEREGISTRATION, { authSessionState }))).toBe(2001);
});

test("timeouts, with and without keeping the SIP server", async () => {
  const { s1 } = await setup();
  await s1.assign(Type.REGISTRATION);
  expect(code(await s1.assign(Type.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME))).toBe(2001);
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
  expect(code(await s1.assign(Type.TIMEOUT_DEREGISTRATION))).toBe(2001);
  expect(code(await s1.locate())).toBe(5034);
  expect(code(await s1.assign(Type.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME))).toBe(2006);
});

test("who is unknown, and whose SIP-AOR it is not", async () => {
  const { s1 } = await setup();
  expect(code(await s1.authorize({ userName: "bob" }))).toBe(5032);
  expect(code(await s1.authorize({ userName: undefined, sipAor: "sip:bob@sipdomain.invalid" }))).toBe(5032);
  expect(code(await s1.authorize({ userName: undefined, sipAor: "no URI" }))).toBe(5032);
  expect(code(await s1.authorize({ userName: undefined }))).toBe(2003);
  expect(code(await s1.authorize({ sipAor: "sip:bob@sipdomain.invalid" }))).toBe(5033);
  expect(code(await s1.locate("sip:bob@sipdomain.invalid"))).toBe(5032);
  expect(code(await s1.assign(Type.REGISTRATION, { userName: "bob" }))).toBe(5032);
  expect(code(await s1.assign(Type.REGISTRATION, { sipAor: ["sip:bob@sipdomain.invalid"] }))).toBe(5033);
  // Section 8.4: no User-Name comes back for a SIP-AOR that nobody has.
  const unknown = { userName: undefined, sipAor: ["sip:bob@sipdomain.invalid"] };
  expect(await s1.assign(Type.UNREGISTERED_USER, unknown)).toMatchObject({ resultCode: 5032, userName: undefined });
  expect(await s1.assign(Type.UNREGISTERED_USER, { userName: undefined })).toMatchObject({
    resultCode: 2001,
    userName: "alice@sipdomain.invalid",
  });
});

test("User-Name where it is needed", async () => {
  const running = await startServer({ registration: { requireUserName: true } });
  onTestFinished(() => running[Symbol.asyncDispose]());
  await using s1 = await startSipServer(running.port);
  expect(code(await s1.authorize({ userName: undefined }))).toBe(4013);
  expect(code(await s1.assign(Type.REGISTRATION, { userName: undefined }))).toBe(4013);
  expect(code(await s1.assign(Type.UNREGISTERED_USER, { userName: undefined }))).toBe(2001);
  expect(code(await s1.assign(Type.USER_DEREGISTRATION, { userName: undefined, sipAor: [] }))).toBe(4013);
});

test("how many SIP-AORs, and what is no value: Result-Code with Failed-AVP", async () => {
  const { s1 } = await setup();
  const failed = async (answer: Promise<sip.ServerAssignmentAnswer>) => {
    const { resultCode, avps } = await answer;
    const group = avps.find((avp) => avp.code === 279);
    return [resultCode, group && Buffer.from(group.data).readUInt32BE(0)];
  };
  expect(await failed(s1.assign(Type.REGISTRATION, { sipAor: [OWN, OWN] }))).toEqual([5009, 122]);
  expect(await failed(s1.assign(Type.REGISTRATION, { sipAor: [] }))).toEqual([5005, 122]);
  expect(await failed(s1.assign(Type.REGISTRATION, { sipAor: [], userName: undefined }))).toEqual([5005, 122]);
  expect(await failed(s1.assign(Type.AUTHENTICATION_FAILURE, { sipAor: [] }))).toEqual([5009, undefined]);
  expect(await failed(s1.assign(Type.REGISTRATION, { sipServerUri: undefined }))).toEqual([5005, 371]);
  expect(await failed(s1.assign(Type.REGISTRATION, { sipServerUri: "not a URI" }))).toEqual([5004, 371]);
  expect(await failed(s1.assign(Type.REGISTRATION, { sipServerUri: `sip:${"s".repeat(2000)}` }))).toEqual([5004, 371]);
  expect(await failed(s1.assign(77))).toEqual([5004, 375]);
  expect(code(await s1.authorize({ sipUserAuthorizationType: 77 }))).toBe(5004);
  expect(code(await s1.locate())).toBe(5034);
});

test("roaming, barring, capabilities, services for who is not registered", async () => {
  const { s1, stores } = await setup();
  const profile = {
    visitedNetworks: ["near.test"],
    mandatoryCapabilities: [1, 4294967295],
    optionalCapabilities: [3],
    unregisteredService: true,
  };
  await provision(stores, () => ({ profile }));
  expect(code(await s1.authorize({ sipVisitedNetworkId: "far.test" }))).toBe(5035);
  const wanted = { sipMandatoryCapability: [1, 4294967295], sipOptionalCapability: [3] };
  expect(await s1.authorize({ sipVisitedNetworkId: "NEAR.test" })).toMatchObject({
    resultCode: 2003,
    sipServerCapabilities: wanted,
  });
  expect(await s1.locate()).toMatchObject({ resultCode: 2005, sipServerCapabilities: wanted });
  expect(code(await s1.assign(Type.UNREGISTERED_USER))).toBe(2001);
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
  expect(await s1.authorize()).toMatchObject({
    resultCode: 2007,
    sipServerUri: s1.uri,
    sipServerCapabilities: wanted,
  });
  expect(await s1.authorize({ sipUserAuthorizationType: REGISTRATION_AND_CAPABILITIES })).toMatchObject({
    resultCode: 2001,
    sipServerUri: undefined,
    sipServerCapabilities: wanted,
  });
  expect(code(await s1.assign(Type.REGISTRATION))).toBe(2001);
  expect(code(await s1.assign(Type.UNREGISTERED_USER))).toBe(5038);
  await provision(stores, ({ aors }) => ({ aors: aors.map((aor) => ({ ...aor, mayRegister: false })) }));
  expect(code(await s1.authorize({ sipUserAuthorizationType: REGISTRATION }))).toBe(5003);
});

test("several SIP-AORs of one user", async () => {
  const { s1, stores } = await setup();
  await provision(stores, withWork);
  expect(code(await s1.assign(Type.REGISTRATION, { sipAor: [WORK] }))).toBe(2001);
  expect(await s1.authorize()).toMatchObject({ resultCode: 2004, sipServerUri: s1.uri });
  expect(code(await s1.locate())).toBe(5034);
  expect(code(await s1.assign(Type.REGISTRATION))).toBe(2001);
  expect(code(await s1.assign(Type.ADMINISTRATIVE_DEREGISTRATION, { sipAor: [OWN, WORK] }))).toBe(2001);
  expect([code(await s1.locate()), code(await s1.locate(WORK))]).toEqual([5034, 5034]);
  await s1.assign(Type.REGISTRATION, { sipAor: [WORK] });
  expect(code(await s1.assign(Type.TIMEOUT_DEREGISTRATION, { sipAor: [], userName: "alice@sipdomain.invalid" }))).toBe(
    2001,
  );
  expect(code(await s1.locate(WORK))).toBe(5034);
});

test("SIP-User-Data by what the SIP server understands", async () => {
  const { s1, stores } = await setup();
  const userData = ["a", "b"].map((type, index) => ({ type, contents: Uint8Array.of(0, 255, index) }));
  await provision(stores, () => ({ userData }));
  const { sipUserData } = await s1.assign(Type.REGISTRATION, { sipSupportedUserDataType: ["x", "b"] });
  expect(
    sipUserData.map(({ sipUserDataType, sipUserDataContents }) => [sipUserDataType, [...sipUserDataContents]]),
  ).toEqual([["b", [0, 255, 1]]]);
  const none = await s1.assign(Type.NO_ASSIGNMENT, { sipSupportedUserDataType: ["x"] });
  expect(none).toMatchObject({ resultCode: 2001, sipUserData: [], sipSupportedUserDataType: ["a", "b"] });
  const there = await s1.assign(Type.RE_REGISTRATION, { sipUserDataAlreadyAvailable: 1 });
  expect(there).toMatchObject({ resultCode: 2001, sipUserData: [], sipSupportedUserDataType: [] });
});

test("a second SIP server: refused, unless the user authenticates there; then the first one is told", async () => {
  const { s1, s2 } = await setup("s1", "s2");
  await s1.assign(Type.REGISTRATION);
  expect(code(await s2.assign(Type.REGISTRATION))).toBe(5036);
  expect(code(await s2.assign(Type.USER_DEREGISTRATION))).toBe(5012);
  expect(code(await s2.assign(Type.NO_ASSIGNMENT))).toBe(5012);
  const multimediaAuth = { ...COMMON, sipAor: OWN, sipMethod: "REGISTER", userName: "alice", sipServerUri: s2.uri };
  // Refused: nothing is kept.
  expect(code(await s2.client.multimediaAuth(multimediaAuth))).toBe(5005);
  expect(code(await s2.assign(Type.REGISTRATION))).toBe(5036);
  expect(await s1.locate()).toMatchObject({ sipServerUri: s1.uri });
});

test("Multimedia-Auth with SIP-Server-URI: 2001, authentication pending, and the user moves", async () => {
  const running = await startServer({ challenge: { key: new Uint8Array(32).fill(1) } });
  onTestFinished(() => running[Symbol.asyncDispose]());
  await using s1 = await startSipServer(running.port, "s1");
  await using s2 = await startSipServer(running.port, "s2");
  await s1.assign(Type.REGISTRATION);
  const request = {
    ...COMMON,
    sipAor: OWN,
    sipMethod: "REGISTER",
    userName: "alice",
    sipServerUri: s2.uri,
    sipAuthDataItem: { sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST },
  };
  expect(code(await s2.client.multimediaAuth(request))).toBe(1001);
  expect((await running.stores.registrations.find(USER)).pending).toEqual({
    uri: s2.uri,
    originHost: "s2.diameter.test",
    originRealm: "diameter.test",
  });
  const told = s1.terminated();
  expect(code(await s2.assign(Type.REGISTRATION))).toBe(2001);
  expect((await told).sipDeregistrationReason.sipReasonCode).toBe(sip.SipReasonCode.NEW_SIP_SERVER_ASSIGNED);
  expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s2.uri });
  expect((await running.stores.registrations.find(USER)).pending).toBeUndefined();
});

test("Registration-Termination: of all, of one, refused, forced, nobody there", async () => {
  const { s1, server, stores } = await setup();
  await provision(stores, withWork);
  expect(await server.terminateRegistration(USER)).toEqual([]);
  await s1.assign(Type.REGISTRATION);
  await s1.assign(Type.REGISTRATION, { sipAor: [WORK] });

  const request = { ...USER, aors: [WORK], reason: "SIP_SERVER_CHANGE", info: "moved" } as const;
  expect(await server.terminateRegistration(request)).toMatchObject([{ resultCode: 2001, aors: [WORK], ended: true }]);
  expect(s1.terminations.at(-1)).toMatchObject({
    userName: "alice@sipdomain.invalid",
    sipAor: [WORK],
    destinationHost: "s1.diameter.test",
    sipDeregistrationReason: { sipReasonCode: 2, sipReasonInfo: "moved" },
  });
  expect([code(await s1.locate()), code(await s1.locate(WORK))]).toEqual([2001, 5034]);

  s1.answers.termination = 5012;
  expect(await server.terminateRegistration(USER)).toMatchObject([{ resultCode: 5012, ended: false }]);
  expect(s1.terminations.at(-1)).toMatchObject({ sipAor: [], sipDeregistrationReason: { sipReasonCode: 0 } });
  expect(code(await s1.locate())).toBe(2001);
  expect(await server.terminateRegistration({ ...USER, force: true })).toMatchObject([{ ended: true }]);
  expect(code(await s1.locate())).toBe(5034);

  await provision(stores, ({ aors }) => ({
    aors: aors.map((aor) => ({
      ...aor,
      registration: "registered" as const,
      server: { uri: "sip:gone.test", originHost: "gone.test", originRealm: "gone.test" },
    })),
  }));
  const [gone] = await server.terminateRegistration({ ...USER, reason: "REMOVE_SIP_SERVER" });
  expect(gone).toMatchObject({ resultCode: undefined, ended: false, error: expect.any(Error) });
});

test("Push-Profile; too much data has the user register anew (section 8.12)", async () => {
  const { s1, server, stores } = await setup();
  expect(await server.pushProfile(USER)).toEqual([]);
  await s1.assign(Type.REGISTRATION, { sipSupportedUserDataType: ["b"] });
  const userData = ["a", "b"].map((type) => ({ type, contents: Uint8Array.of(1) }));
  await provision(stores, () => ({ userData }));
  expect(await server.pushProfile(USER)).toMatchObject([{ resultCode: 2001 }]);
  expect(s1.pushes.at(-1)).toMatchObject({
    userName: "alice@sipdomain.invalid",
    destinationHost: "s1.diameter.test",
    sipUserData: [{ sipUserDataType: "b" }],
    sipAccountingInformation: ACCOUNTING,
  });
  s1.answers.push = 5040;
  expect(await server.pushProfile(USER)).toMatchObject([{ resultCode: 5040 }]);
  expect(s1.terminations).toEqual([]);
  expect(code(await s1.locate())).toBe(2001);
  s1.answers.push = 5039;
  expect(await server.pushProfile(USER)).toMatchObject([
    { resultCode: 5039, terminations: [{ resultCode: 2001, ended: true }] },
  ]);
  expect(s1.terminations.at(-1)?.sipDeregistrationReason.sipReasonCode).toBe(sip.SipReasonCode.SIP_SERVER_CHANGE);
  expect(code(await s1.locate())).toBe(5034);
});

test("two processes on one database: one state, one SIP server, also after a restart", async () => {
  const first = await setup("s1");
  const stores = openSqlite({ path: first.path, busyTimeoutMs: 5000 });
  onTestFinished(() => stores.close());
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const log = createLogger({ level: "silent" });
  await using second = new SipServer({ ...SERVER, originHost: "second.diameter.test", listen, stores, log });
  await second.start();
  await using s2 = await startSipServer(second.node.addresses[0]?.port ?? 0, "s2");
  const claims = await Promise.all([first.s1.assign(Type.REGISTRATION), s2.assign(Type.REGISTRATION)]);
  expect(claims.map(code).sort()).toEqual([2001, 5036]);
  const winner = claims[0]?.resultCode === 2001 ? first.s1.uri : s2.uri;
  expect([(await first.s1.locate()).sipServerUri, (await s2.locate()).sipServerUri]).toEqual([winner, winner]);
  await first.server.stop();
  expect((await s2.locate()).sipServerUri).toBe(winner);
});

test("a database that fails is 5012, with nothing of where the user is", async () => {
  const { s1, stores } = await setup();
  await s1.assign(Type.REGISTRATION);
  await stores.close();
  for (const answer of [await s1.locate(), await s1.authorize()])
    expect(answer).toMatchObject({ resultCode: 5012, sipServerUri: undefined, sipServerCapabilities: undefined });
  expect(await s1.assign(Type.REGISTRATION)).toMatchObject({ resultCode: 5012, sipUserData: [] });
});

testWith(tsharkRequirements, "Wireshark has nothing against any of it", async () => {
  const { s1, server, stores } = await setup();
  await provision(stores, () => ({ userData: [{ type: "t", contents: Uint8Array.of(0, 1) }] }));
  await s1.authorize({ sipVisitedNetworkId: "v.test" });
  await s1.assign(Type.REGISTRATION, { sipSupportedUserDataType: ["t"] });
  await s1.assign(Type.REGISTRATION, { sipAor: [OWN, WORK] });
  await s1.locate();
  await s1.authorize();
  await server.pushProfile(USER);
  await server.terminateRegistration({ ...USER, aors: [OWN], info: "bye" });
  // SIP-Server-Capabilities may be empty: any SIP server will do (section 8.2).
  const read = await expectClean(s1.messages, [/^Data is empty$/]);
  expect(new Set(read.map(({ code: command }) => command))).toEqual(new Set([257, 283, 284, 285, 287, 288]));
});
