/** Registrations by the configuration: what it says comes into force, at a reload too; what it may not say. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../../server/src/config/diagnostics.js";
import { parseConfig } from "../../server/src/config/load.js";
import { createLogger } from "../../server/src/log.js";
import { Service } from "../../server/src/service/service.js";
import { openSqlite } from "../../server/src/store/index.js";
import { ALICE, startServer } from "./diameter/support.js";
import { startSipServer, Type } from "./registration/support.js";

const ACCOUNTING = "aaa://acct.diameter.test:3868;transport=tcp";
const CREDIT = "aaas://credit.diameter.test";

function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-registration-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = (registration: string) =>
    parseConfig(
      join(folder, "server.yaml"),
      `identity: server.diameter.test\nlisten: [{ host: 127.0.0.1, port: 0 }]\naccept: ["*"]\ndatabase: { type: sqlite, path: d.db }\nlogging: { level: silent }\n${registration}`,
    );
  return { path: join(folder, "d.db"), config };
}

test("requireUserName, keepServers and SIP-Accounting-Information, before a reload and after it", async () => {
  const { path, config } = prepared();
  {
    await using stores = openSqlite({ path });
    await stores.subscribers.add(ALICE);
  }
  await using service = await Service.start(config(""), createLogger({ level: "silent" }));
  await using s1 = await startSipServer(service.addresses[0]!.port);
  const registered = () => s1.assign(Type.REGISTRATION, { userName: undefined });
  expect(await registered()).toMatchObject({ resultCode: 2001, sipAccountingInformation: undefined });
  expect((await s1.assign(Type.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME)).resultCode).toBe(2001);

  const changes = await service.reload(
    config(
      `registration:\n  requireUserName: true\n  keepServers: false\n  accountingInformation:\n    accountingServers: ["${ACCOUNTING}"]\n    creditControlServers: ["${CREDIT}"]\n`,
    ),
  );
  expect(changes).toEqual({
    reloaded: ["registration.requireUserName", "registration.keepServers", "registration.accountingInformation"],
    restart: [],
  });
  expect((await registered()).resultCode).toBe(4013);
  const sipAccountingInformation = { sipAccountingServerUri: [ACCOUNTING], sipCreditControlServerUri: [CREDIT] };
  expect(await s1.assign(Type.REGISTRATION)).toMatchObject({ resultCode: 2001, sipAccountingInformation });
  expect(await service.server.pushProfile(ALICE)).toMatchObject([{ resultCode: 2001 }]);
  expect(s1.pushes.at(-1)).toMatchObject({ sipAccountingInformation });
  expect((await s1.assign(Type.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME)).resultCode).toBe(2006);
});

test("sessions: none by default, by SIGHUP, and those that are open go on when no more are wanted", async () => {
  const { path, config } = prepared();
  {
    await using stores = openSqlite({ path });
    await stores.subscribers.add(ALICE);
  }
  await using service = await Service.start(config(""), createLogger({ level: "silent" }));
  await using s1 = await startSipServer(service.addresses[0]!.port);
  expect(await s1.enter(Type.REGISTRATION)).toMatchObject({
    ...{ resultCode: 2001, authSessionState: 1, avps: [] },
    ...{ authorizationLifetime: undefined, authGracePeriod: undefined },
  });
  const sessions = (text: string) => service.reload(config(`registration: { sessions: { ${text} } }\n`));
  expect(
    await sessions("maintain: requested, authorizationLifetimeSeconds: 90, authGracePeriodSeconds: 0"),
  ).toMatchObject({
    reloaded: [
      "registration.sessions.maintain",
      "registration.sessions.authorizationLifetimeSeconds",
      "registration.sessions.authGracePeriodSeconds",
    ],
    restart: [],
  });
  const opened = await s1.enter(Type.REGISTRATION);
  expect(opened).toMatchObject({ authSessionState: 0, authorizationLifetime: 90, authGracePeriod: 0 });
  await sessions("maintain: never, authorizationLifetimeSeconds: 4294967295");
  const { sessionId } = opened;
  const goesOn = await s1.enter(Type.RE_REGISTRATION, { sessionId });
  // Without limit there is nothing to say.
  expect(goesOn).toMatchObject({ authSessionState: 0, authorizationLifetime: undefined, avps: [] });
  expect(await s1.leave(sessionId)).toMatchObject({ resultCode: 2001 });
  expect(await s1.enter(Type.REGISTRATION)).toMatchObject({ resultCode: 2001, authSessionState: 1 });
});

test.each([
  ["maintain: always", /maintain/],
  ["authorizationLifetimeSeconds: 0", /authorizationLifetimeSeconds/],
  ["authorizationLifetimeSeconds: 4294967296", /authorizationLifetimeSeconds/],
  ["authGracePeriodSeconds: -1", /authGracePeriodSeconds/],
])("sessions that cannot be: %s", (text, message) => {
  const { config } = prepared();
  expect(() => config(`registration: { sessions: { ${text} } }\n`)).toThrow(message);
});

test.each([
  ["accountingServers: [acct.example.net]", /must be a DiameterURI/],
  ["accountingServers: [aaa://x:99999]", /must be a DiameterURI/],
  ["creditControl: []", /creditControl/],
])("SIP-Accounting-Information that is none: %s", (text, message) => {
  const { config } = prepared();
  const parsing = () => config(`registration:\n  accountingInformation:\n    ${text}\n`);
  expect(parsing).toThrow(ConfigError);
  expect(parsing).toThrow(message);
});

test("a database that does not answer: UAR, SAR, LIR and STR are answered 5012 in time, and the next one is served", async () => {
  await using running = await startServer();
  const { stores } = running;
  const never = () => new Promise<never>(() => {});
  const silent = { find: never, update: never, findSession: never };
  let answers = false;
  const registrations = new Proxy(stores.registrations, {
    get: (target, name) =>
      !answers && Object.hasOwn(silent, name)
        ? silent[name as keyof typeof silent]
        : (target[name as keyof typeof target] as () => unknown).bind(target),
  });
  await using slow = await startServer({
    registration: { answerWithinMs: 20 },
    stores: Object.assign(Object.create(stores) as typeof stores, { registrations }),
  });
  await using s1 = await startSipServer(slow.port);
  const codes = async () =>
    (await Promise.all([s1.authorize(), s1.assign(Type.REGISTRATION), s1.locate(), s1.leave("s1;1;1")])).map(
      ({ resultCode }) => resultCode,
    );
  expect(await codes()).toEqual([5012, 5012, 5012, 5012]);
  answers = true;
  expect((await s1.assign(Type.REGISTRATION)).resultCode).toBe(2001);
  expect((await s1.locate()).resultCode).toBe(2001);
});
