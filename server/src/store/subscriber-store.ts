/** Who may register, and with which secret: OpenSIPS's `subscriber` table seen from outside. */

import type { DigestSecrets } from "../digest/index.js";

/** One row. Holds secrets: never log it. */
export interface Subscriber extends DigestSecrets {
  readonly id: number;
  readonly username: string;
  /** The SIP domain, which is also the digest realm. */
  readonly domain: string;
}

/** One row without its secrets. */
export interface SubscriberSummary {
  readonly id: number;
  readonly username: string;
  readonly domain: string;
  readonly emailAddress: string;
  readonly rpid: string | undefined;
  /** Which secrets are stored. */
  readonly stored: {
    readonly password: boolean;
    readonly ha1: boolean;
    readonly ha1Sha256: boolean;
    readonly ha1Sha512t256: boolean;
  };
}

export interface NewSubscriber {
  /** 1 to 64 characters, as the column has. */
  readonly username: string;
  /** 1 to 64 characters. */
  readonly domain: string;
  readonly password: string;
  /** Also keep the password itself, which no algorithm here needs. Default false: only the HA1 of each algorithm. */
  readonly keepPassword?: boolean | undefined;
  readonly emailAddress?: string | undefined;
}

export interface SubscriberPage {
  /** Only this domain. */
  readonly domain?: string | undefined;
  /** Rows with a greater id: pass the last id of the page before. Default 0. */
  readonly afterId?: number | undefined;
  /** 1 to 10000, default 1000. */
  readonly limit?: number | undefined;
}

/** Every method rejects with a StoreError. Names are compared octet by octet. */
export interface SubscriberStore {
  /** undefined where there is no such row, also for names that no row can have. */
  find(username: string, domain: string): Promise<Subscriber | undefined>;
  /** In the order of ids. */
  list(page?: SubscriberPage): Promise<readonly SubscriberSummary[]>;
  /** Rejects with STORE_EXISTS where the row is there, with STORE_INVALID for names that do not fit. */
  add(subscriber: NewSubscriber): Promise<void>;
  /** Replaces every stored secret. @returns false where there is no such row */
  setPassword(
    username: string,
    domain: string,
    password: string,
    options?: { readonly keepPassword?: boolean | undefined },
  ): Promise<boolean>;
  /** @returns false where there was no such row */
  delete(username: string, domain: string): Promise<boolean>;
  /** Forgets what is kept of it in memory: somebody else has changed it in the database. Missing where nothing is kept. */
  invalidate?(username: string, domain: string): void;
}
