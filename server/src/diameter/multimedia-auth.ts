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
} from "@diamgen/runtime";
import { AcctSessionId, ErrorMessage, FailedAvpAvp, SessionId } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import {
  AuthSessionState,
  type MultimediaAuthAnswer,
  type MultimediaAuthAnswerInit,
  type MultimediaAuthRequest,
  multimediaAuth,
  type SipAuthorization,
} from "@diamgen/sdk/sip";
import {
  type AuthenticationOptions,
  type AuthenticationResult,
  authenticate,
  type DigestCredentials,
  ResultCode,
  type SubscriberLookup,
} from "../authentication/index.js";

/** What may change while it serves: every request looks anew. */
export interface AuthenticationSettings extends AuthenticationOptions {
  /**
   * Milliseconds after which DIAMETER_UNABLE_TO_COMPLY is answered though the database has not. OpenSIPS from 3.3 on waits 2 s, and may
   * crash on an answer that comes later; OpenSIPS 3.2 waits for ever. 1500 where left out.
   */
  readonly answerWithinMs?: number | undefined;
}

export interface MultimediaAuthOptions {
  readonly subscribers: SubscriberLookup;
  readonly settings?: AuthenticationSettings | undefined;
  readonly clock?: Clock | undefined;
  /** Called for each decision, for the log. */
  readonly onResult?: ((request: MultimediaAuthRequest, result: Decision) => void) | undefined;
}

/** A Digest AVP that is no value of its type, such as a Digest-Username that is no UTF-8: SIP clients can have OpenSIPS send that. */
export interface Unreadable {
  readonly accepted: false;
  readonly resultCode: number;
  readonly errorMessage: string;
  readonly reason: "unreadable";
  readonly failedAvp: Avp | undefined;
  readonly cause?: undefined;
}

export type Decision = AuthenticationResult | Unreadable;

const LATE: AuthenticationResult = {
  accepted: false,
  resultCode: ResultCode.DIAMETER_UNABLE_TO_COMPLY,
  errorMessage: "DIAMETER_UNABLE_TO_COMPLY",
  reason: "storeFailed",
  cause: new Error("the database did not answer in time"),
};

type MultimediaAuthContext = Context<MultimediaAuthAnswer, MultimediaAuthAnswerInit>;

/** Serves Multimedia-Auth-Request (RFC 4740 section 8.7) as OpenSIPS expects it: see `answerTo`. */
export function serveMultimediaAuth(node: Server, options: MultimediaAuthOptions): void {
  const { subscribers, settings = {}, clock = systemClock } = options;
  node.handle(
    multimediaAuth,
    async (request, context) => {
      const credentials = readable(request);
      const result: Decision =
        "reason" in credentials
          ? credentials
          : await within(clock, settings.answerWithinMs ?? 1500, authenticate(credentials, subscribers, settings));
      options.onResult?.(request, result);
      return answerTo(request.authSessionState, result, context);
    },
    {
      // What breaks the grammar is answered in the same layout: OpenSIPS 3.2 waits for ever when it cannot read an answer.
      invalid: ({ issues, request }, context) => {
        const [first] = issues as readonly [Issue, ...Issue[]];
        const { resultCode, message: errorMessage, failedAvp } = first;
        // No session, no answer that could belong to one.
        if (context.raw.find(SessionId.code) < 0)
          return context.error(resultCode, { errorMessage, failedAvp: failedAvp && [failedAvp] });
        return answerTo(request?.authSessionState ?? AuthSessionState.NO_STATE_MAINTAINED, unreadable(first), context);
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

function readable(request: MultimediaAuthRequest): DigestCredentials | Unreadable {
  try {
    return credentialsOf(request);
  } catch (error) {
    if (!(error instanceof AvpError)) throw error;
    return unreadable(error);
  }
}

/** The result, or LATE when it has not come in time. */
function within(clock: Clock, ms: number, result: Promise<AuthenticationResult>): Promise<AuthenticationResult> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(LATE), ms);
    result.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}

/**
 * The digest of a request: in AVPs at the top level, as OpenSIPS sends them, or in SIP-Auth-Data-Item/SIP-Authorization,
 * as RFC 4740 section 9.5 has it. Throws AvpError for a Digest AVP at the top level that cannot be read.
 */
export function credentialsOf(request: MultimediaAuthRequest): DigestCredentials {
  const { userName } = request;
  const nested: SipAuthorization | undefined = request.sipAuthDataItem?.sipAuthorization;
  if (nested !== undefined)
    return {
      userName,
      username: nested.digestUsername,
      realm: nested.digestRealm,
      nonce: nested.digestNonce,
      uri: nested.digestUri,
      method: nested.digestMethod ?? request.sipMethod,
      response: nested.digestResponse,
      algorithm: nested.digestAlgorithm,
      qop: nested.digestQoP,
      cnonce: nested.digestCNonce,
      nonceCount: nested.digestNonceCount,
      entityBodyHash: nested.digestEntityBodyHash,
    };
  return {
    userName,
    username: digest.DigestUsername.find(request),
    realm: digest.DigestRealm.find(request),
    nonce: digest.DigestNonce.find(request),
    uri: digest.DigestUri.find(request),
    method: digest.DigestMethod.find(request),
    response: digest.DigestResponse.find(request),
    algorithm: digest.DigestAlgorithm.find(request),
    qop: digest.DigestQoP.find(request),
    cnonce: digest.DigestCNonce.find(request),
    nonceCount: digest.DigestNonceCount.find(request),
    entityBodyHash: digest.DigestEntityBodyHash.find(request),
  };
}

/**
 * What OpenSIPS reads of a Multimedia-Auth-Answer: Error-Message (281) means refused, whatever the Result-Code; Acct-Session-Id (44) is its only way
 * to tell which call an answer belongs to. Both are further AVPs in the grammar of RFC 4740. An AVP with the M bit that it
 * does not know makes it drop the answer, so there are none.
 */
function answerTo(
  authSessionState: AuthSessionState,
  result: Decision,
  context: MultimediaAuthContext,
): MultimediaAuthAnswer {
  const avps: Avp[] = [];
  if (!result.accepted) avps.push(ErrorMessage.of(result.errorMessage));
  // From the octets: of a broken request, not all may have been read.
  avps.push(...context.raw.avpsOf(AcctSessionId.code));
  if ("failedAvp" in result && result.failedAvp !== undefined)
    avps.push(FailedAvpAvp.of({ avps: [failedAvpOf(result.failedAvp)] }));
  return context.answer({ resultCode: result.resultCode, authSessionState, avps });
}
