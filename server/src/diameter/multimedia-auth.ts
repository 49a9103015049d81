import {
  type Avp,
  AvpError,
  type Clock,
  type Context,
  failedAvpOf,
  type Issue,
  resultCodeName,
  type Server,
  systemClock,
  type Withheld,
} from "@diamgen/runtime";
import { AcctSessionId, ErrorMessage, FailedAvpAvp, SessionId } from "@diamgen/sdk/base";
import {
  AuthSessionState,
  type MultimediaAuthAnswer,
  type MultimediaAuthAnswerInit,
  type MultimediaAuthRequest,
  multimediaAuth,
} from "@diamgen/sdk/sip";
import * as authentication from "../authentication/index.js";
import type { SipServerNode } from "../registration/index.js";
import { dataItems } from "./auth-data-items.js";
import { authenticationRequest } from "./credentials.js";
import type { Decision, Unreadable } from "./decision.js";
import { type Identified, withServerKept } from "./keep-server.js";
import type { OnReject, RefusablePeer } from "./on-reject.js";
import { ANSWER_WITHIN_MS, within } from "./within.js";

/** What may change while it serves: every request looks anew. */
export interface AuthenticationSettings extends authentication.AuthenticationOptions {
  /**
   * Milliseconds after which DIAMETER_UNABLE_TO_COMPLY is answered though the database has not. OpenSIPS from 3.3 on waits 2 s, and may
   * crash on an answer that comes later; OpenSIPS 3.2 waits for ever. 1500 where left out.
   */
  readonly answerWithinMs?: number | undefined;
}

export interface MultimediaAuthOptions extends authentication.AuthenticatorOptions {
  readonly settings?: AuthenticationSettings | undefined;
  readonly clock?: Clock | undefined;
  /** What a peer that is refused gets: an answer, or silence. Where left out: an answer. */
  readonly onReject?: ((peer: RefusablePeer) => OnReject) | undefined;
  /** Keeps the SIP server that a request names and that is not refused (RFC 4740 section 8.8). Where left out: none is kept. */
  readonly keepServer?: ((request: Identified, server: SipServerNode) => Promise<void>) | undefined;
  /** Called for each decision, for the log. */
  readonly onResult?: ((request: MultimediaAuthRequest, result: Decision) => void) | undefined;
}

const LATE: authentication.AuthenticationResult = {
  accepted: false,
  resultCode: authentication.ResultCode.DIAMETER_UNABLE_TO_COMPLY,
  errorMessage: "DIAMETER_UNABLE_TO_COMPLY",
  reason: "storeFailed",
  cause: new Error("the database did not answer in time"),
};

type MultimediaAuthContext = Context<MultimediaAuthAnswer, MultimediaAuthAnswerInit>;

/** Serves Multimedia-Auth-Request (RFC 4740 section 8.7) as OpenSIPS expects it: see `answerTo`. */
export function serveMultimediaAuth(node: Server, options: MultimediaAuthOptions): void {
  const { settings = {}, clock = systemClock, onReject = () => "answer" } = options;
  const authenticator = new authentication.Authenticator(options);
  const reply = (
    result: Decision,
    request: MultimediaAuthRequest | undefined,
    context: MultimediaAuthContext,
  ): MultimediaAuthAnswer | Withheld => {
    if (isRefusal(result) && onReject(context.peer) === "silence") return context.withhold();
    return answerTo(result, request, context);
  };
  node.handle(
    multimediaAuth,
    async (request, context) => {
      const read = readable(request, context.peer.originHost);
      const result: Decision =
        "reason" in read
          ? read
          : await within(
              clock,
              settings.answerWithinMs ?? ANSWER_WITHIN_MS,
              withServerKept(request, authenticator.decide(read), options.keepServer),
              () => LATE,
            );
      options.onResult?.(request, result);
      return reply(result, request, context);
    },
    {
      // What breaks the grammar is answered in the same layout: OpenSIPS 3.2 waits for ever when it cannot read an answer.
      invalid: ({ issues, request }, context) => {
        const [first] = issues as readonly [Issue, ...Issue[]];
        const { resultCode, message: errorMessage, failedAvp } = first;
        // No session, no answer that could belong to one.
        if (context.raw.find(SessionId.code) < 0)
          return context.error(resultCode, { errorMessage, failedAvp: failedAvp && [failedAvp] });
        return reply(unreadable(first), request, context);
      },
    },
  );
}

function unreadable({
  resultCode,
  failedAvp,
  message,
}: Pick<Issue, "resultCode" | "failedAvp" | "message">): Unreadable {
  return {
    accepted: false,
    resultCode,
    errorMessage: resultCodeName(resultCode) ?? message,
    reason: "unreadable",
    failedAvp,
  };
}

function readable(request: MultimediaAuthRequest, peer: string): authentication.AuthenticationRequest | Unreadable {
  try {
    return authenticationRequest(request, peer);
  } catch (error) {
    if (!(error instanceof AvpError)) throw error;
    return unreadable(error);
  }
}

/** True where OpenSIPS is to understand "no". */
function isRefusal(result: Decision): result is Extract<Decision, { errorMessage: string }> {
  return !result.accepted && result.errorMessage !== undefined;
}

/**
 * What OpenSIPS reads of a Multimedia-Auth-Answer: Error-Message (281) means refused, whatever the Result-Code; Acct-Session-Id (44) is its only way
 * to tell which call an answer belongs to. Both are further AVPs in the grammar of RFC 4740. An AVP with the M bit that it
 * does not know makes it drop the answer, so there are none but for clients that ask for them: see `dataItems`.
 */
function answerTo(
  result: Decision,
  request: MultimediaAuthRequest | undefined,
  context: MultimediaAuthContext,
): MultimediaAuthAnswer {
  const avps: Avp[] = [];
  if (isRefusal(result)) avps.push(ErrorMessage.of(result.errorMessage));
  // From the octets: of a broken request, not all may have been read.
  avps.push(...context.raw.avpsOf(AcctSessionId.code));
  if ("failedAvp" in result && result.failedAvp !== undefined)
    avps.push(FailedAvpAvp.of({ avps: [failedAvpOf(result.failedAvp)] }));
  return context.answer({
    resultCode: result.resultCode,
    // Sessions are those of registrations: see registration.ts.
    authSessionState: AuthSessionState.NO_STATE_MAINTAINED,
    sipAuthDataItem: request && dataItems(result, request),
    avps,
  });
}
