/** Registration-Termination, Abort-Session and Push-Profile: what the server sends to SIP servers by itself, RFC 4740 sections 6.7, 8.9 to 8.12. */

import { type Caller, outcomeOf } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import {
  canonicalAor,
  chooseUserData,
  endings,
  hasAborted,
  hasEnded,
  ResultCode,
  type Serving,
  type SessionServing,
  type SessionWatch,
  type SipServerNode,
  type SipUser,
  servings,
  sessionEnded,
  terminated,
  type UserRecord,
  userNameOf,
} from "../registration/index.js";
import { type RegistrationStore, StoreError } from "../store/index.js";

export interface TerminateRegistration extends SipUser {
  /** Left out: all that the user has. */
  readonly aors?: readonly string[] | undefined;
  /** SIP-Reason-Code. Default PERMANENT_TERMINATION. An ASR has none. */
  readonly reason?: keyof typeof sip.SipReasonCode | undefined;
  /** SIP-Reason-Info: what the user may be shown. */
  readonly info?: string | undefined;
  /** true: over with us, whatever the SIP server answers; for one that is gone for good. Default false. */
  readonly force?: boolean | undefined;
}

export interface PushProfile extends SipUser {
  /** Also send SIP-Accounting-Information. Default: where it is configured. */
  readonly accountingInformation?: boolean | undefined;
}

/** How one SIP server took it. */
export interface SipServerOutcome {
  readonly server: SipServerNode;
  readonly aors: readonly string[];
  /** undefined where there was no answer: see `error`. */
  readonly resultCode: number | undefined;
  readonly error?: unknown;
}

export interface TerminationOutcome extends SipServerOutcome {
  /** Session-Id where a session was maintained, and ASR was sent instead of RTR (section 6.7). */
  readonly sessionId?: string | undefined;
  /** The registration is over with us. */
  readonly ended: boolean;
}

export interface PushOutcome extends SipServerOutcome {
  /** After DIAMETER_ERROR_TOO_MUCH_DATA the user is made to register again, at a SIP server that can take it (section 8.12). */
  readonly terminations?: readonly TerminationOutcome[] | undefined;
}

export interface SipServersOptions {
  readonly node: Caller;
  readonly store: RegistrationStore;
  readonly watch?: SessionWatch | undefined;
  /** Milliseconds since 1970. Default: of the system. */
  readonly now?: (() => number) | undefined;
  readonly settings?: { readonly accountingInformation?: sip.SipAccountingInformationInit | undefined } | undefined;
}

const authSessionState = sip.AuthSessionState.NO_STATE_MAINTAINED;

export class SipServers {
  readonly #options: SipServersOptions;

  constructor(options: SipServersOptions) {
    this.#options = options;
  }

  /**
   * One outcome for each SIP server that has the user, and for each session that it has of the user; none where nobody has. Rejects with a
   * StoreError.
   */
  async terminate(request: TerminateRegistration): Promise<readonly TerminationOutcome[]> {
    const only = request.aors?.map(canonicalOrThrow);
    const record = await this.#options.store.find(plain(request));
    const found = servings(record, only).map((serving) => this.#endAll(request, serving, record, only !== undefined));
    return (await Promise.all(found)).flat();
  }

  /** Sends the profile as it is stored to the SIP servers that have the user. Rejects with a StoreError. */
  async push(request: PushProfile): Promise<readonly PushOutcome[]> {
    const record = await this.#options.store.find(plain(request));
    return Promise.all(
      servings(record).map(async (serving): Promise<PushOutcome> => {
        const { accountingInformation } = this.#options.settings ?? {};
        const userData = chooseUserData(record.userData, serving.aors[0]?.userDataTypes ?? []);
        const outcome = await sent(serving, () =>
          this.#options.node.request(sip.pushProfile, {
            authSessionState,
            ...destination(serving.server),
            userName: userNameOf(request),
            sipUserData: userData.map(({ type: sipUserDataType, contents: sipUserDataContents }) => ({
              sipUserDataType,
              sipUserDataContents,
            })),
            sipAccountingInformation: request.accountingInformation === false ? undefined : accountingInformation,
          }),
        );
        if (outcome.resultCode !== ResultCode.DIAMETER_ERROR_TOO_MUCH_DATA) return outcome;
        const change = { ...plain(request), reason: "SIP_SERVER_CHANGE" } as const;
        return { ...outcome, terminations: await this.#endAll(change, serving, record, false) };
      }),
    );
  }

  /** Tells a SIP server that it has the user no more (NEW_SIP_SERVER_ASSIGNED, section 8.10); our state is changed already. */
  superseded(user: SipUser, serving: Serving): Promise<readonly SipServerOutcome[]> {
    const { sessions, rest, partial } = endings(serving, serving);
    const request = { ...user, reason: "NEW_SIP_SERVER_ASSIGNED" } as const;
    return Promise.all([
      ...sessions.map((session) => this.#abort(user, session)),
      ...(rest === undefined ? [] : [this.#terminate(request, rest, partial)]),
    ]);
  }

  #endAll(
    request: TerminateRegistration,
    serving: Serving,
    record: UserRecord,
    named: boolean,
  ): Promise<readonly TerminationOutcome[]> {
    const { sessions, rest, partial } = endings(serving, record);
    return Promise.all([
      ...sessions.map((session) => this.#endSession(request, session)),
      ...(rest === undefined ? [] : [this.#end(request, rest, named || partial)]),
    ]);
  }

  async #endSession(request: TerminateRegistration, serving: SessionServing): Promise<TerminationOutcome> {
    const { store, watch, now = Date.now } = this.#options;
    const { id } = serving.session;
    const outcome = await this.#abort(request, serving);
    const ended = request.force === true || (outcome.resultCode !== undefined && hasAborted(outcome.resultCode));
    if (!ended) return { ...outcome, sessionId: id, ended };
    const decide = (before: UserRecord) => {
      const record = sessionEnded(before, id);
      return { record, changed: record !== before };
    };
    const { changed } = await store.update(plain(request), decide, now());
    // Or its STR was faster.
    if (changed) watch?.sessionsEnded("aborted", 1);
    return { ...outcome, sessionId: id, ended };
  }

  #abort(user: SipUser, serving: SessionServing): Promise<SipServerOutcome> {
    const { id: sessionId, originHost, originRealm } = serving.session;
    return sent(serving, () =>
      this.#options.node.request(sip.abortSession, {
        sessionId,
        destinationHost: originHost,
        destinationRealm: originRealm,
        userName: userNameOf(user),
      }),
    );
  }

  async #end(request: TerminateRegistration, serving: Serving, named: boolean): Promise<TerminationOutcome> {
    const outcome = await this.#terminate(request, serving, named);
    const ended = request.force === true || (outcome.resultCode !== undefined && hasEnded(outcome.resultCode));
    if (ended) await this.#options.store.update(plain(request), (record) => ({ record: terminated(record, serving) }));
    return { ...outcome, ended };
  }

  #terminate(request: TerminateRegistration, serving: Serving, named: boolean): Promise<SipServerOutcome> {
    const { reason = "PERMANENT_TERMINATION", info } = request;
    return sent(serving, () =>
      this.#options.node.request(sip.registrationTermination, {
        authSessionState,
        ...destination(serving.server),
        sipDeregistrationReason: { sipReasonCode: sip.SipReasonCode[reason], sipReasonInfo: info },
        userName: userNameOf(request),
        // None: all that the user has (section 8.9).
        sipAor: named ? serving.aors.map(({ aor }) => aor) : undefined,
      }),
    );
  }
}

async function sent(
  { server, aors }: Serving,
  request: () => Promise<{ readonly resultCode: number }>,
): Promise<SipServerOutcome> {
  const facts = { server, aors: aors.map(({ aor }) => aor) };
  try {
    // A refusal need not keep to the command's grammar (RFC 6733 section 7.2), and counts as the answer that it is.
    const { resultCode } = await outcomeOf(request());
    return { ...facts, resultCode };
  } catch (error) {
    return { ...facts, resultCode: undefined, error };
  }
}

function destination({ originHost, originRealm }: SipServerNode) {
  return { destinationHost: originHost, destinationRealm: originRealm };
}

function plain({ username, domain }: SipUser): SipUser {
  return { username, domain };
}

function canonicalOrThrow(aor: string): string {
  const canonical = canonicalAor(aor);
  if (canonical === undefined) throw new StoreError("STORE_INVALID", `${JSON.stringify(aor)} is no SIP-AOR`);
  return canonical;
}
