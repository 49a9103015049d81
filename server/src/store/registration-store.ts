/** What is kept of users for RFC 4740: profile, SIP-AORs, SIP servers. Whether there is such a user, `subscriber` says. */

import type { SipUser, UserRecord } from "../registration/types.js";

export interface RegistrationPage {
  /** Pass the last id of the page before. Default 0. */
  readonly afterId?: number | undefined;
  /** 1 to 10000, default 1000. */
  readonly limit?: number | undefined;
}

export interface KeptUser {
  readonly id: number;
  readonly record: UserRecord;
}

/** A session as it is looked for by its Session-Id. */
export interface KeptSession {
  readonly user: SipUser;
  readonly originHost: string;
  /** false: it has ended, not long ago. */
  readonly open: boolean;
}

export interface DueSession {
  readonly id: string;
  readonly user: SipUser;
  /** Its lifetime is over; otherwise its SIP server has restarted. */
  readonly expired: boolean;
}

/** Every method rejects with a StoreError. */
export interface RegistrationStore {
  /** Whom a canonical SIP-AOR was given to; undefined where it was given to nobody, and is the subscriber's of that name. */
  ownerOf(aor: string): Promise<SipUser | undefined>;
  /** What is known; with the user's own SIP-AOR where nothing was kept yet. */
  find(user: SipUser): Promise<UserRecord>;
  /**
   * Reads, has `decide` change it, and stores: while it does, nobody else changes that user. `decide` must be pure, for it may be called
   * again. Rejects with STORE_EXISTS where it adds a SIP-AOR that another user has, or a session whose Session-Id another user's has.
   *
   * @param now milliseconds since 1970: sessions that this ends are remembered from then on. Default: the system's.
   */
  update<Decided extends { readonly record: UserRecord }>(
    user: SipUser,
    decide: (record: UserRecord) => Decided,
    now?: number,
  ): Promise<Decided>;
  /** In the order of ids. */
  list(page?: RegistrationPage): Promise<readonly KeptUser[]>;
  /** Sessions that have ended are remembered for some minutes. */
  findSession(id: string): Promise<KeptSession | undefined>;
  /** Open sessions whose time is over, the longest first; `limit` at most. */
  dueSessions(now: number, limit: number): Promise<readonly DueSession[]>;
  /** Those that a SIP server opened before it restarted are due from now on (RFC 6733 section 8.6). Resolves with their number. */
  loseSessions(originHost: string, originStateId: number, now: number): Promise<number>;
  /** Forgets sessions that have ended some minutes ago; `limit` at most. Resolves with their number. */
  forgetSessions(now: number, limit: number): Promise<number>;
}
