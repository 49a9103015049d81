/** A SIP server with its Diameter node, against ours. */

import * as sip from "../../../generated/src/sip/index.js";
import { DiameterNode } from "../../../runtime/src/index.js";

export const COMMON = {
  authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
  destinationRealm: "diameter.test",
} as const;
export const OWN = "sip:alice@sipdomain.invalid";
export const Type = sip.SipServerAssignmentType;

/** What the SIP server answers, and what it was sent. */
export interface SipServerMock extends AsyncDisposable {
  readonly uri: string;
  readonly node: DiameterNode;
  readonly client: sip.Client;
  readonly terminations: sip.RegistrationTerminationRequest[];
  readonly pushes: sip.PushProfileRequest[];
  /** Messages of both directions, in order, where `from` "a" is this node. */
  readonly messages: { readonly from: "a" | "b"; readonly bytes: Uint8Array }[];
  answers: { termination: number; push: number };
  /** SAR with this server's URI. */
  assign(type: number, init?: Partial<sip.ServerAssignmentRequestInit>): Promise<sip.ServerAssignmentAnswer>;
  authorize(init?: Partial<sip.UserAuthorizationRequestInit>): Promise<sip.UserAuthorizationAnswer>;
  locate(sipAor?: string): Promise<sip.LocationInfoAnswer>;
  /** Resolves with the next Registration-Termination-Request. */
  terminated(): Promise<sip.RegistrationTerminationRequest>;
}

export async function startSipServer(port: number, name = "s1"): Promise<SipServerMock> {
  const node = new DiameterNode({
    originHost: `${name}.diameter.test`,
    originRealm: "diameter.test",
    applications: [sip.application],
    peers: [{ host: "127.0.0.1", port }],
  });
  const answers = { termination: 2001, push: 2001 };
  const terminations: sip.RegistrationTerminationRequest[] = [];
  const pushes: sip.PushProfileRequest[] = [];
  const messages: SipServerMock["messages"] = [];
  const waiting: ((request: sip.RegistrationTerminationRequest) => void)[] = [];
  const { authSessionState } = COMMON;
  node.onMessage(({ direction, raw }) => {
    messages.push({ from: direction === "out" ? "a" : "b", bytes: Uint8Array.from(raw.toBytes()) });
  });
  sip.serve(node, {
    registrationTermination: (request, context) => {
      terminations.push(request);
      waiting.shift()?.(request);
      return context.answer({ resultCode: answers.termination, authSessionState });
    },
    pushProfile: (request, context) => {
      pushes.push(request);
      return context.answer({ resultCode: answers.push, authSessionState });
    },
  });
  await node.start();
  const client = sip.client(node);
  const uri = `sip:${name}.diameter.test`;
  return {
    ...{ uri, node, client, terminations, pushes, messages, answers },
    assign: (sipServerAssignmentType, init = {}) =>
      client.serverAssignment({
        ...COMMON,
        sipServerAssignmentType,
        sipUserDataAlreadyAvailable: sip.SipUserDataAlreadyAvailable.USER_DATA_NOT_AVAILABLE,
        sipAor: [OWN],
        userName: "alice",
        sipServerUri: uri,
        ...init,
      }),
    authorize: (init = {}) => client.userAuthorization({ ...COMMON, sipAor: OWN, userName: "alice", ...init }),
    locate: (sipAor = OWN) => client.locationInfo({ ...COMMON, sipAor }),
    terminated: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no RTR within 5 s")), 5000);
        waiting.push((request) => {
          clearTimeout(timer);
          resolve(request);
        });
      }),
    [Symbol.asyncDispose]: () => node.stop({ timeoutMs: 1000 }),
  };
}
