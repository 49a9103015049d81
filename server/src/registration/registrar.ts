/** Requests of SIP servers against what is kept of users: whose a request is, then the tables of decisions. Rejects with a StoreError. */

import { SipServerAssignmentType } from "@diamgen/sdk/sip";
import type { SubscriberLookup } from "../authentication/index.js";
import type { RegistrationStore } from "../store/registration-store.js";
import { StoreError, type StoreErrorCode } from "../store/store-error.js";
import {
  type AssignServer,
  type AssignServerOptions,
  assignServer,
  checkAors,
  isDeregistration,
  type ServerAssignment,
  serves,
} from "./assign-server.js";
import { type AuthorizeUser, authorizeUser, type UserAuthorization } from "./authorize-user.js";
import { canonicalAor, ownAor, subscriberOf, userOfName } from "./identities.js";
import { locate } from "./locate.js";
import { authenticating } from "./pending.js";
import { ResultCode, type ResultCodeName } from "./result-codes.js";
import {
  isKeepable,
  isSameHost,
  isUnauthorized,
  lifetimesOf,
  openSession,
  type SessionRequest,
  type SessionSettings,
  sessionChanges,
  sessionEnded,
  sessionFrom,
  wantsSession,
} from "./sessions.js";
import type { SipServerNode, SipUser, UserRecord } from "./types.js";

/** What may change while it serves: every request looks anew. */
export interface RegistrarSettings extends AssignServerOptions {
  /** true: UAR and the SAR of a registration need a User-Name, DIAMETER_USER_NAME_REQUIRED. Default false: the SIP-AOR says whose it is. */
  readonly requireUserName?: boolean | undefined;
  /** Diameter sessions of registrations. Default: none is maintained. */
  readonly sessions?: SessionSettings | undefined;
}

export interface RegistrarOptions {
  readonly subscribers: SubscriberLookup;
  readonly store: RegistrationStore;
  /** Of users whose User-Name has no domain, where the SIP-AOR has none either. */
  readonly realm: string;
  readonly settings?: RegistrarSettings | undefined;
  /** Milliseconds since 1970. Default: of the system. */
  readonly now?: (() => number) | undefined;
  readonly watch?: SessionWatch | undefined;
  /** A session could not be kept; the registration gets along without. */
  readonly onNotKept?: ((sessionId: string, error: StoreError) => void) | undefined;
}

/** Why a session has ended: sessions.ts has the events. */
export type SessionEnd = "terminated" | "replaced" | "deregistered" | "refused" | "aborted" | "expired" | "lost";

/** Who counts sessions. */
export interface SessionWatch {
  sessionsOpened(count: number): void;
  sessionsEnded(cause: SessionEnd, count: number): void;
}

export interface Identified {
  readonly userName: string | undefined;
  /** As in the request. */
  readonly aor: string;
}

export type Assigned = Omit<ServerAssignment, "record"> & {
  readonly user?: SipUser | undefined;
  /** There where the request is in a session that is maintained; seconds, none in a refusal. */
  readonly session?: ReturnType<typeof lifetimesOf> | undefined;
};

export interface SessionTermination {
  readonly resultCode: number;
  /** Whose registrations, and which, have ended. */
  readonly user?: SipUser | undefined;
  readonly aors?: readonly string[] | undefined;
}

type AssignRequest = Omit<AssignServer, "session" | "opens"> & {
  readonly userName: string | undefined;
  readonly session: SessionRequest;
};

interface Refused {
  readonly resultCode: number;
}

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #settings: RegistrarSettings;
  readonly #now: () => number;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#settings = options.settings ?? {};
    this.#now = options.now ?? Date.now;
  }

  async authorize(request: Identified & Omit<AuthorizeUser, "aor">): Promise<UserAuthorization> {
    const user = await this.#identify(request, this.#settings.requireUserName === true);
    if ("resultCode" in user) return user;
    return authorizeUser(await this.#options.store.find(user), { ...request, aor: canonicalAor(request.aor) ?? "" });
  }

  async assign(request: AssignRequest): Promise<Assigned> {
    const assigned = await this.#assign(request);
    // RFC 6733 section 8.1: who is not authorized is in no session any more.
    if (!isUnauthorized(assigned.resultCode)) return assigned;
    const ended = await this.#end(request.session, "refused");
    return { ...assigned, session: ended?.aors && {} };
  }

  /** A Session-Termination-Request (RFC 6733 section 8.4). */
  async terminate(request: Pick<SessionRequest, "id" | "originHost">): Promise<SessionTermination> {
    const ended = await this.#end(request, "terminated");
    return ended ?? refuse("DIAMETER_UNKNOWN_SESSION_ID");
  }

  async locate(aor: string): Promise<UserAuthorization> {
    const user = await this.#identify({ userName: undefined, aor }, false);
    return "resultCode" in user ? user : locate(await this.#options.store.find(user), canonicalAor(aor) ?? "");
  }

  /** A MAR with SIP-Server-URI that was not refused. */
  async authenticating(request: Identified, server: SipServerNode): Promise<void> {
    const user = await this.#identify(request, false);
    if ("resultCode" in user) return;
    await this.#options.store.update(user, (record) => ({ record: authenticating(record, server) }));
  }

  /** Whether a SIP-AOR is the user's (sections 8.2 and 8.8). */
  async owns(userName: string, aor: string): Promise<boolean> {
    const canonical = canonicalAor(aor);
    if (canonical === undefined) return false;
    const user = this.#named(userName, canonical);
    // What the subscriber's name says needs no table of ours.
    if (ownAor(user) === canonical) return true;
    const owner = await this.#options.store.ownerOf(canonical);
    return owner !== undefined && owner.username === user.username && owner.domain === user.domain;
  }

  async #assign(request: AssignRequest): Promise<Assigned> {
    const { userName, type, aors } = request;
    const [aor] = aors;
    if (aor === undefined && !isDeregistration(type))
      return { ...refuse(checkAors(request) ?? "DIAMETER_MISSING_AVP"), failed: "SIP-AOR" };
    if (aor === undefined && userName === undefined) return refuse("DIAMETER_USER_NAME_REQUIRED");
    const registers = type === SipServerAssignmentType.REGISTRATION || type === SipServerAssignmentType.RE_REGISTRATION;
    const user = await this.#identify(
      { userName, aor: aor ?? "" },
      registers && this.#settings.requireUserName === true,
    );
    if ("resultCode" in user) return user;
    const now = this.#now();
    const { sessions = {} } = this.#settings;
    const canonical = {
      ...request,
      aors: aors.map((one) => canonicalAor(one) ?? ""),
      session: sessionFrom(request.session, sessions, now),
      opens: wantsSession(request.session, sessions),
    };
    const { record, changes, ...assigned } = await this.#decide(user, canonical, now);
    this.#count(changes, serves(type) ? "replaced" : "deregistered");
    const session = openSession(record, request.session);
    const lifetimes = session && (assigned.resultCode < 3000 ? lifetimesOf(session, now) : {});
    return { ...assigned, user, session: lifetimes };
  }

  async #decide(user: SipUser, request: AssignServer, now: number) {
    const { store } = this.#options;
    const decide = (one: AssignServer) => {
      const assign = (before: UserRecord) => {
        const decided = assignServer(before, one, this.#settings);
        return { ...decided, changes: sessionChanges(before, decided.record) };
      };
      return store.update(user, assign, now);
    };
    try {
      return await decide(request);
    } catch (thrown) {
      // Another user's session has that Session-Id, which was to be unique (RFC 6733 section 8.8), or there is no table of sessions.
      if (request.opens !== true || !(thrown instanceof StoreError) || !NOT_KEPT.has(thrown.code)) throw thrown;
      this.#options.onNotKept?.(request.session?.id ?? "", thrown);
      return decide({ ...request, opens: false });
    }
  }

  /** undefined: there is no such session of that SIP server. */
  async #end(
    request: Pick<SessionRequest, "id" | "originHost">,
    cause: SessionEnd,
  ): Promise<SessionTermination | undefined> {
    const { store, watch } = this.#options;
    if (!isKeepable(request.id)) return undefined;
    const kept = await store.findSession(request.id);
    if (kept === undefined || !isSameHost(kept.originHost, request.originHost)) return undefined;
    const resultCode = ResultCode.DIAMETER_SUCCESS;
    if (!kept.open) return { resultCode };
    const decide = (record: UserRecord) => {
      // Meanwhile another node may have it.
      if (openSession(record, request) === undefined) return { record, aors: [] };
      const ended = record.aors.filter(({ session }) => session?.id === request.id);
      return { record: sessionEnded(record, request.id), aors: ended.map(({ aor }) => aor) };
    };
    const { aors } = await store.update(kept.user, decide, this.#now());
    if (aors.length > 0) watch?.sessionsEnded(cause, 1);
    return { resultCode, user: kept.user, aors };
  }

  #count({ opened, ended }: ReturnType<typeof sessionChanges>, cause: SessionEnd): void {
    const { watch } = this.#options;
    if (opened > 0) watch?.sessionsOpened(opened);
    if (ended > 0) watch?.sessionsEnded(cause, ended);
  }

  async #identify({ userName, aor }: Identified, named: boolean): Promise<SipUser | Refused> {
    const { store, subscribers } = this.#options;
    if (userName === undefined && named) return refuse("DIAMETER_USER_NAME_REQUIRED");
    const canonical = canonicalAor(aor);
    const user =
      userName !== undefined
        ? this.#named(userName, canonical)
        : canonical && ((await store.ownerOf(canonical)) ?? subscriberOf(canonical));
    if (!user || (await subscribers.find(user.username, user.domain)) === undefined)
      return refuse("DIAMETER_ERROR_USER_UNKNOWN");
    return user;
  }

  #named(userName: string, canonical: string | undefined): SipUser {
    return userOfName(userName, (canonical && subscriberOf(canonical)?.domain) ?? this.#options.realm);
  }
}

const NOT_KEPT: ReadonlySet<StoreErrorCode> = new Set(["STORE_EXISTS", "STORE_SCHEMA"]);

function refuse(name: ResultCodeName): Refused {
  return { resultCode: ResultCode[name] };
}
