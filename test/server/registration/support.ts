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
  readonly aborts: sip.AbortSessionRequest[];
  answers: { termination: number; push: number; abort: number };
  /** SAR with this server's URI. */
  assign(type: number, init?: Partial<sip.ServerAssignmentRequestInit>): Promise<sip.ServerAssignmentAnswer>;
  authorize(init?: Partial<sip.UserAuthorizationRequestInit>): Promise<sip.UserAuthorizationAnswer>;
  locate(sipAor?: string): Promise<sip.LocationInfoAnswer>;
  /** SAR that asks for a session, by its Session-Id where one is given. */
  enter(type: number, init?: Partial<sip.ServerAssignmentRequestInit>): Promise<sip.ServerAssignmentAnswer>;
  /** STR; DIAMETER_LOGOUT where no cause is given. */
  leave(sessionId: string, cause?: sip.TerminationCause): Promise<sip.SessionTerminationAnswer>;
  /** The answer to the next STR that an ASR brings about: after one that is answered 2001 or 2002, as RFC 6733 section 8.5 has it. */
  left(): Promise<sip.SessionTerminationAnswer>;
  /** Resolves with the next Registration-Termination-Request. */
  terminated(): Promise<sip.RegistrationTerminationRequest>;
}

export async function startSipServer(
  port: number,
  name = "s1",
  { originStateId }: { readonly originStateId?: number } = {},
): Promise<SipServerMock> {
  const node = new DiameterNode({
    originStateId,
    originHost: `${name}.diameter.test`,
    originRealm: "diameter.test",
    applications: [sip.application],
    peers: [{ host: "127.0.0.1", port }],
  });
  const answers = { termination: 2001, push: 2001, abort: 2001 };
  const aborts: sip.AbortSessionRequest[] = [];
  const leaving: ((answer: Promise<sip.SessionTerminationAnswer>) => void)[] = [];
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
    abortSession: (request, context) => {
      aborts.push(request);
      // The answer goes before it: both are sent in the order of this turn.
      if (answers.abort === 2001 || answers.abort === 2002)
        setImmediate(() => {
          const answer = leave(request.sessionId, sip.TerminationCause.DIAMETER_ADMINISTRATIVE);
          answer.catch(() => {});
          leaving.shift()?.(answer);
        });
      return context.answer({ resultCode: answers.abort });
    },
    pushProfile: (request, context) => {
      pushes.push(request);
      return context.answer({ resultCode: answers.push, authSessionState });
    },
  });
  await node.start();
  const client = sip.client(node);
  function leave(sessionId: string, terminationCause: sip.TerminationCause = sip.TerminationCause.DIAMETER_LOGOUT) {
    const { destinationRealm } = COMMON;
    return client.sessionTermination({ destinationRealm, sessionId, terminationCause });
  }
  const uri = `sip:${name}.diameter.test`;
  const assign: SipServerMock["assign"] = (sipServerAssignmentType, init = {}) =>
    client.serverAssignment({
      ...COMMON,
      sipServerAssignmentType,
      sipUserDataAlreadyAvailable: sip.SipUserDataAlreadyAvailable.USER_DATA_NOT_AVAILABLE,
      sipAor: [OWN],
      userName: "alice",
      sipServerUri: uri,
      ...init,
    });
  const { STATE_MAINTAINED } = sip.AuthSessionState;
  return {
    ...{ uri, node, client, terminations, pushes, aborts, messages, answers, assign, leave },
    enter: (type, init) => assign(type, { authSessionState: STATE_MAINTAINED, ...init }),
    left: () => new Promise((resolve) => leaving.push(resolve)),
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
