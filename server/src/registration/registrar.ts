/** Requests of SIP servers against what is kept of users: whose a request is, then the tables of decisions. Rejects with a StoreError. */

import { SipServerAssignmentType } from "@diamgen/sdk/sip";
import type { SubscriberLookup } from "../authentication/index.js";
import type { RegistrationStore } from "../store/index.js";
import {
  type AssignServer,
  type AssignServerOptions,
  assignServer,
  checkAors,
  isDeregistration,
  type ServerAssignment,
} from "./assign-server.js";
import { type AuthorizeUser, authorizeUser, type UserAuthorization } from "./authorize-user.js";
import { canonicalAor, ownAor, subscriberOf, userOfName } from "./identities.js";
import { locate } from "./locate.js";
import { authenticating } from "./pending.js";
import { ResultCode, type ResultCodeName } from "./result-codes.js";
import type { SipServerNode, SipUser } from "./types.js";

/** What may change while it serves: every request looks anew. */
export interface RegistrarSettings extends AssignServerOptions {
  /** true: UAR and the SAR of a registration need a User-Name, DIAMETER_USER_NAME_REQUIRED. Default false: the SIP-AOR says whose it is. */
  readonly requireUserName?: boolean | undefined;
}

export interface RegistrarOptions {
  readonly subscribers: SubscriberLookup;
  readonly store: RegistrationStore;
  /** Of users whose User-Name has no domain, where the SIP-AOR has none either. */
  readonly realm: string;
  readonly settings?: RegistrarSettings | undefined;
}

export interface Identified {
  readonly userName: string | undefined;
  /** As in the request. */
  readonly aor: string;
}

export type Assigned = Omit<ServerAssignment, "record"> & { readonly user?: SipUser | undefined };

interface Refused {
  readonly resultCode: number;
}

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #settings: RegistrarSettings;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#settings = options.settings ?? {};
  }

  async authorize(request: Identified & Omit<AuthorizeUser, "aor">): Promise<UserAuthorization> {
    const user = await this.#identify(request, this.#settings.requireUserName === true);
    if ("resultCode" in user) return user;
    return authorizeUser(await this.#options.store.find(user), { ...request, aor: canonicalAor(request.aor) ?? "" });
  }

  async assign(request: { readonly userName: string | undefined } & AssignServer): Promise<Assigned> {
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
    const canonical = { ...request, aors: aors.map((one) => canonicalAor(one) ?? "") };
    const { store } = this.#options;
    const { record: _record, ...assigned } = await store.update(user, (record) =>
      assignServer(record, canonical, this.#settings),
    );
    return { ...assigned, user };
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

function refuse(name: ResultCodeName): Refused {
  return { resultCode: ResultCode[name] };
}
