/** User-Authorization, Server-Assignment and Location-Info: RFC 4740 sections 8.1 to 8.6 on the wire; Session-Termination: section 6.7. */

import { type Avp, type Clock, failedAvpOf, resultCodeName, type Server, systemClock } from "@diamgen/runtime";
import { AuthorizationLifetime, ErrorMessage, FailedAvpAvp, OriginStateId } from "@diamgen/sdk/base";
import { SipAor } from "@diamgen/sdk/digest";
import * as sip from "@diamgen/sdk/sip";
import {
  type Assigned,
  isServerUri,
  type Registrar,
  type RegistrarSettings,
  ResultCode,
  type Serving,
  type SessionRequest,
  type SipUser,
  type UserAuthorization,
  userNameOf,
} from "../registration/index.js";
import { ANSWER_WITHIN_MS, within } from "./within.js";

/** Registrations of RFC 4740. What may change while they are served: every request looks anew. */
export interface RegistrationOptions extends RegistrarSettings {
  /** SIP-Accounting-Information of SAA and PPR (section 9.1): where SIP servers send accounting, and ask for credit. */
  readonly accountingInformation?: sip.SipAccountingInformationInit | undefined;
  /**
   * Milliseconds after which DIAMETER_UNABLE_TO_COMPLY is answered though the database has not; an assignment may come about nevertheless, and
   * is the same when it is asked for again. 1500 where left out.
   */
  readonly answerWithinMs?: number | undefined;
}

export interface RegistrationHandlerOptions {
  readonly registrar: Registrar;
  readonly settings?: RegistrationOptions | undefined;
  readonly clock?: Clock | undefined;
  /** Called for each request, for the log; with an error where the database failed. */
  readonly onResult?: ((facts: RegistrationFacts, error?: unknown) => void) | undefined;
  /** A SIP server that no longer has the user: it is to be told. */
  readonly onSuperseded?: ((user: SipUser, serving: Serving) => void) | undefined;
  /** Origin-State-Id of a peer, as it has said before. */
  readonly stateOf?: ((originHost: string) => number | undefined) | undefined;
  /** A SIP server says its Origin-State-Id. */
  readonly onState?: ((originHost: string, originStateId: number | undefined) => void) | undefined;
}

export interface RegistrationFacts {
  readonly command: "UAR" | "SAR" | "LIR" | "STR";
  readonly sessionId: string;
  readonly aor: string | undefined;
  readonly resultCode: number;
  /** Of an STR: "DIAMETER_LOGOUT", and what it has ended. */
  readonly terminationCause?: string | undefined;
  readonly ended?: readonly string[] | undefined;
}

interface Result {
  readonly resultCode: number;
  readonly failedAvp?: Avp | undefined;
  /** SIP-AORs that an STR has ended. */
  readonly aors?: readonly string[] | undefined;
}

export function serveRegistration(node: Server, options: RegistrationHandlerOptions): void {
  const { registrar, onResult, onSuperseded, stateOf, onState, settings = {}, clock = systemClock } = options;

  /** The result, or DIAMETER_UNABLE_TO_COMPLY where the database cannot say (section 8.6), or does not in time. */
  async function settle<R extends Result>(
    facts: Omit<RegistrationFacts, "resultCode">,
    work: () => Promise<R>,
  ): Promise<Result & Partial<R>> {
    try {
      const result = await within(clock, settings.answerWithinMs ?? ANSWER_WITHIN_MS, work(), () => {
        throw new Error("the database did not answer in time");
      });
      onResult?.({ ...facts, resultCode: result.resultCode, ...(result.aors && { ended: result.aors }) });
      return result;
    } catch (error) {
      const resultCode = ResultCode.DIAMETER_UNABLE_TO_COMPLY;
      onResult?.({ ...facts, resultCode }, error);
      return { resultCode } as Result & Partial<R>;
    }
  }

  node.handle(sip.userAuthorization, async (request, context) => {
    const { sessionId, sipAor: aor, userName, sipVisitedNetworkId: visitedNetwork } = request;
    const type = request.sipUserAuthorizationType ?? sip.SipUserAuthorizationType.REGISTRATION;
    const result = await settle(
      { command: "UAR", sessionId, aor },
      async (): Promise<Result & Partial<UserAuthorization>> =>
        isKnown(sip.SipUserAuthorizationType, type)
          ? await registrar.authorize({ aor, userName, type, visitedNetwork })
          : invalid(sip.SipUserAuthorizationTypeAvp.of(type)),
    );
    return context.answer({ ...common(result), ...place(result) });
  });

  node.handle(sip.locationInfo, async (request, context) => {
    const { sessionId, sipAor: aor } = request;
    const result = await settle({ command: "LIR", sessionId, aor }, () => registrar.locate(aor));
    return context.answer({ ...common(result), ...place(result) });
  });

  node.handle(
    sip.sessionTermination,
    async ({ sessionId, originHost, originStateId, terminationCause: cause }, context) => {
      onState?.(originHost, originStateId);
      const facts = {
        command: "STR",
        sessionId,
        aor: undefined,
        terminationCause: CAUSES.get(cause) ?? `${cause}`,
      } as const;
      const { resultCode } = await settle(facts, () => registrar.terminate({ id: sessionId, originHost }));
      const failed = resultCode === ResultCode.DIAMETER_UNABLE_TO_COMPLY;
      return context.answer({ resultCode, errorMessage: failed ? resultCodeName(resultCode) : undefined });
    },
  );

  node.handle(sip.serverAssignment, async (request, context) => {
    const { sessionId, sipAor: aors, userName, sipServerUri: uri, sipServerAssignmentType: type } = request;
    const { originHost, originRealm } = request;
    const said = OriginStateId.find(request);
    onState?.(originHost, said);
    const session: SessionRequest = {
      id: sessionId,
      originHost,
      originRealm,
      originStateId: (said ?? stateOf?.(originHost)) || undefined,
      wanted: request.authSessionState === sip.AuthSessionState.STATE_MAINTAINED,
      lifetime: AuthorizationLifetime.find(request),
    };
    const result = await settle(
      { command: "SAR", sessionId, aor: aors[0] },
      async (): Promise<Result & Partial<Assigned>> => {
        if (!isKnown(sip.SipServerAssignmentType, type)) return invalid(sip.SipServerAssignmentTypeAvp.of(type));
        if (uri !== undefined && !isServerUri(uri)) return invalid(sip.SipServerUri.of(uri));
        const assigned = await registrar.assign({
          userName,
          type,
          aors,
          server: uri === undefined ? undefined : { uri, originHost, originRealm },
          hasUserData:
            request.sipUserDataAlreadyAvailable === sip.SipUserDataAlreadyAvailable.USER_DATA_ALREADY_AVAILABLE,
          userDataTypes: request.sipSupportedUserDataType,
          session,
        });
        const { user, superseded = [], failed } = assigned;
        if (user !== undefined) for (const serving of superseded) onSuperseded?.(user, serving);
        return { ...assigned, failedAvp: failed && failedAvpFor(failed, assigned.resultCode, aors) };
      },
    );
    return context.answer({
      ...common(result),
      ...maintained(result.session),
      userName: nameOf(userName, result.user),
      sipUserData: result.userData?.map(({ type: sipUserDataType, contents: sipUserDataContents }) => ({
        sipUserDataType,
        sipUserDataContents,
      })),
      sipSupportedUserDataType: result.ourUserDataTypes,
      sipAccountingInformation: result.serves === true ? settings.accountingInformation : undefined,
    });
  });
}

/** The first one too many, or an empty one in place of what is missing (RFC 6733 section 7.5); "too many" of none has none. */
function failedAvpFor(
  failed: NonNullable<Assigned["failed"]>,
  resultCode: number,
  aors: readonly string[],
): Avp | undefined {
  if (failed === "SIP-Server-URI") return sip.SipServerUri.of("");
  const [, second] = aors;
  if (resultCode === ResultCode.DIAMETER_MISSING_AVP) return SipAor.of("");
  return second === undefined ? undefined : SipAor.of(second);
}

/** "DIAMETER_LOGOUT", by its number. */
const CAUSES: ReadonlyMap<number, string> = new Map(
  Object.entries(sip.TerminationCause).map(([name, value]) => [value, name]),
);

/**
 * Of a request in a session that is maintained. Session-Timeout and Re-Auth-Request-Type are in no grammar of RFC 4740. RFC 6733 section 8.12 wants
 * the latter beside a lifetime, and has AUTHORIZE_ONLY where it is missing, which is meant; Erlang/OTP's diameter takes it for 5001.
 */
function maintained(session: Assigned["session"]) {
  return session && { authSessionState: sip.AuthSessionState.STATE_MAINTAINED, ...session };
}

/**
 * NO_STATE_MAINTAINED: UAR and LIR ask, and leave no state. Nor does a MAR: it is about one SIP request, and whoever gives wrong credentials
 * must not end the registration of another one.
 */
function common({ resultCode, failedAvp }: Result) {
  const authSessionState: sip.AuthSessionState = sip.AuthSessionState.NO_STATE_MAINTAINED;
  const avps: Avp[] = [];
  if (resultCode >= 3000) avps.push(ErrorMessage.of(resultCodeName(resultCode) ?? String(resultCode)));
  if (failedAvp !== undefined) avps.push(FailedAvpAvp.of({ avps: [failedAvpOf(failedAvp)] }));
  return { resultCode, authSessionState, avps };
}

function place(
  result: Partial<UserAuthorization>,
): Pick<sip.UserAuthorizationAnswerInit, "sipServerUri" | "sipServerCapabilities"> {
  const { serverUri, capabilities } = result;
  return {
    sipServerUri: serverUri,
    sipServerCapabilities: capabilities && {
      sipMandatoryCapability: capabilities.mandatoryCapabilities,
      sipOptionalCapability: capabilities.optionalCapabilities,
    },
  };
}

/** As the request has it; otherwise whose the SIP-AOR is. */
function nameOf(userName: string | undefined, user: SipUser | undefined): string | undefined {
  return userName ?? (user && userNameOf(user));
}

function isKnown(values: Readonly<Record<string, number>>, value: number): boolean {
  return Object.values(values).includes(value);
}

function invalid(failedAvp: Avp): Result {
  return { resultCode: ResultCode.DIAMETER_INVALID_AVP_VALUE, failedAvp };
}
