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

/** Every method rejects with a StoreError. */
export interface RegistrationStore {
  /** Whom a canonical SIP-AOR was given to; undefined where it was given to nobody, and is the subscriber's of that name. */
  ownerOf(aor: string): Promise<SipUser | undefined>;
  /** What is known; with the user's own SIP-AOR where nothing was kept yet. */
  find(user: SipUser): Promise<UserRecord>;
  /**
   * Reads, has `decide` change it, and stores: while it does, nobody else changes that user. `decide` must be pure, for it may be called
   * again. Rejects with STORE_EXISTS where it adds a SIP-AOR that another user has.
   */
  update<Decided extends { readonly record: UserRecord }>(
    user: SipUser,
    decide: (record: UserRecord) => Decided,
  ): Promise<Decided>;
  /** In the order of ids. */
  list(page?: RegistrationPage): Promise<readonly KeptUser[]>;
}
