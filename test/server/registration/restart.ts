/** Registrations outlive the server, in every database: what SIP servers were told before is true of the next process. */

import { expect, test } from "vitest";
import * as sip from "../../../generated/src/sip/index.js";
import { createLogger, SipServer } from "../../../server/src/index.js";
import type { Stores } from "../../../server/src/store/index.js";
import { SERVER } from "../diameter/support.js";
import { COMMON, OWN, type SipServerMock, startSipServer, Type } from "./support.js";

const ALICE = { username: "alice", domain: "sipdomain.invalid", password: "secret" };
const BOB = { ...ALICE, username: "bob" };
const BOB_AOR = "sip:bob@sipdomain.invalid";

/** SIP servers that have lost nothing: theirs are new connections, no restarts. */
const STATE = { originStateId: 1 };

/** One life of the server; it ends with the connections and the stores. */
async function life(stores: Stores, work: (s1: SipServerMock, s2: SipServerMock, server: SipServer) => Promise<void>) {
  {
    await using server = new SipServer({
      ...SERVER,
      listen: [{ host: "127.0.0.1", port: 0 }],
      stores,
      challenge: { key: new Uint8Array(32).fill(1) },
      registration: { sessions: { maintain: "requested" } },
      log: createLogger({ level: "silent" }),
    });
    await server.start();
    const port = server.node.addresses[0]?.port ?? 0;
    await using s1 = await startSipServer(port, "s1", STATE);
    await using s2 = await startSipServer(port, "s2", STATE);
    await work(s1, s2, server);
  }
  await stores.close();
}

/** @param open another process, as far as the database can tell */
export function registrationsSurvive(open: () => Promise<Stores>): void {
  test("SIP servers, sessions, profiles and pending authentication outlive the server", async () => {
    let sessionId = "";
    const first = await open();
    await first.subscribers.add(ALICE);
    await first.subscribers.add(BOB);
    const userData = [{ type: "profile", contents: Uint8Array.of(0, 1, 255) }];
    await first.registrations.update(ALICE, (record) => ({
      record: { ...record, userData, profile: { ...record.profile, mandatoryCapabilities: [7] } },
    }));
    await life(first, async (s1, s2) => {
      expect(await s1.authorize()).toMatchObject({
        resultCode: 2003,
        sipServerCapabilities: { sipMandatoryCapability: [7] },
      });
      expect((await s1.assign(Type.REGISTRATION, { sipSupportedUserDataType: ["profile"] })).resultCode).toBe(2001);
      // Bob has s1 without being registered; and alice, in the middle of a registration at s2.
      const unregistered = { userName: "bob", sipAor: [BOB_AOR] };
      const entered = await s1.enter(Type.UNREGISTERED_USER, unregistered);
      expect(entered.resultCode).toBe(2001);
      ({ sessionId } = entered);
      const challenged = await s2.client.multimediaAuth({
        ...COMMON,
        ...{ sipAor: OWN, sipMethod: "REGISTER", userName: "alice", sipServerUri: s2.uri },
        sipAuthDataItem: { sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST },
      });
      expect(challenged.resultCode).toBe(1001);
    });

    await life(await open(), async (s1, s2, server) => {
      expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
      expect(await s1.locate(BOB_AOR)).toMatchObject({ resultCode: 2001, sipServerUri: s1.uri });
      expect(await s1.authorize()).toMatchObject({ resultCode: 2004, sipServerUri: s1.uri });
      // Where PPR goes, and which types it takes, is of the process before.
      expect(await server.pushProfile(ALICE)).toMatchObject([{ resultCode: 2001 }]);
      expect(s1.pushes).toMatchObject([
        { sipUserData: [{ sipUserDataType: "profile", sipUserDataContents: userData[0]?.contents }] },
      ]);
      // Without the MAR of the process before, another SIP server would be refused (5036).
      const told = s1.terminated();
      expect((await s2.assign(Type.REGISTRATION)).resultCode).toBe(2001);
      expect((await told).sipDeregistrationReason.sipReasonCode).toBe(sip.SipReasonCode.NEW_SIP_SERVER_ASSIGNED);
    });

    await life(await open(), async (s1, s2, server) => {
      // Bob's session was opened two lives ago.
      expect((await s2.leave(sessionId)).resultCode).toBe(5002);
      expect((await s1.leave(sessionId)).resultCode).toBe(2001);
      expect((await s1.locate(BOB_AOR)).resultCode).toBe(5034);
      expect(await s1.locate()).toMatchObject({ resultCode: 2001, sipServerUri: s2.uri });
      expect((await s1.assign(Type.REGISTRATION)).resultCode).toBe(5036);
      expect(await server.terminateRegistration(ALICE)).toMatchObject([{ resultCode: 2001, ended: true }]);
      expect(s2.terminations).toMatchObject([{ userName: "alice@sipdomain.invalid" }]);
      expect((await s1.locate()).resultCode).toBe(5034);
    });
  });
}
