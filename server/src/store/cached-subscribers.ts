/** Subscribers kept in memory for a while: a phone registers again every few minutes, and each time takes two lookups. */

import type { SubscriberCacheOptions } from "./options.js";
import type { NewSubscriber, Subscriber, SubscriberStore } from "./subscriber-store.js";

interface Entry {
  /** undefined: there is none. */
  readonly subscriber: Subscriber | undefined;
  /** Milliseconds of the clock. */
  readonly until: number;
}

export interface CacheClock {
  /** Milliseconds; must not go back. */
  now(): number;
}

const systemClock: CacheClock = { now: () => performance.now() };

/** The store itself where there is nothing to keep. */
export function cachedSubscribers(
  store: SubscriberStore,
  options: SubscriberCacheOptions | undefined,
): SubscriberStore {
  return options === undefined ? store : new CachedSubscribers(store, options);
}

/**
 * Holds secrets in memory, bounded; never logs. Changes through this object are seen at once, changes by others (the
 * table, another process) after `ttlMs` at the latest, or after `invalidate`. A failed lookup is not remembered. Lookups of one
 * name that come while one is under way share it.
 */
export class CachedSubscribers implements SubscriberStore {
  readonly #store: SubscriberStore;
  readonly #clock: CacheClock;
  readonly #maxEntries: number;
  readonly #ttlMs: number;
  readonly #negativeTtlMs: number;
  /** In the order of use: the first was not used for longest. */
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Subscriber | undefined>>();

  constructor(store: SubscriberStore, options: SubscriberCacheOptions = {}, clock: CacheClock = systemClock) {
    this.#store = store;
    this.#clock = clock;
    this.#maxEntries = options.maxEntries ?? 10_000;
    this.#ttlMs = options.ttlMs ?? 30_000;
    this.#negativeTtlMs = options.negativeTtlMs ?? 2_000;
  }

  /** Entries kept, expired ones among them. */
  get size(): number {
    return this.#entries.size;
  }

  find(username: string, domain: string): Promise<Subscriber | undefined> {
    // Names longer than a column can have are looked up each time: whoever sends them does not get to fill the memory.
    if (username.length + domain.length > MAX_KEY_LENGTH) return this.#store.find(username, domain);
    const key = keyOf(username, domain);
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      if (entry.until > this.#clock.now()) {
        this.#entries.set(key, entry);
        return Promise.resolve(entry.subscriber);
      }
    }
    return this.#pending.get(key) ?? this.#lookUp(key, username, domain);
  }

  /** Forgets one subscriber, or all: what is looked up next comes from the database. */
  invalidate(username?: string, domain?: string): void {
    if (username === undefined || domain === undefined) {
      this.#entries.clear();
      this.#pending.clear();
      return;
    }
    this.#entries.delete(keyOf(username, domain));
    this.#pending.delete(keyOf(username, domain));
  }

  list: SubscriberStore["list"] = (page) => this.#store.list(page);

  add(subscriber: NewSubscriber): Promise<void> {
    return this.#changing(subscriber.username, subscriber.domain, () => this.#store.add(subscriber));
  }

  setPassword(...[username, domain, password, options]: Parameters<SubscriberStore["setPassword"]>): Promise<boolean> {
    return this.#changing(username, domain, () => this.#store.setPassword(username, domain, password, options));
  }

  delete(username: string, domain: string): Promise<boolean> {
    return this.#changing(username, domain, () => this.#store.delete(username, domain));
  }

  #lookUp(key: string, username: string, domain: string): Promise<Subscriber | undefined> {
    const looking: Promise<Subscriber | undefined> = this.#store
      .find(username, domain)
      .then((subscriber) => {
        // What was invalidated meanwhile is answered, but not kept.
        if (this.#pending.get(key) === looking) this.#keep(key, subscriber);
        return subscriber;
      })
      .finally(() => {
        if (this.#pending.get(key) === looking) this.#pending.delete(key);
      });
    this.#pending.set(key, looking);
    return looking;
  }

  #keep(key: string, subscriber: Subscriber | undefined): void {
    const ttl = subscriber === undefined ? this.#negativeTtlMs : this.#ttlMs;
    if (ttl <= 0 || this.#maxEntries <= 0) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#maxEntries) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { subscriber, until: this.#clock.now() + ttl });
  }

  /** Whatever became of the change: what was looked up before it, or during it, is not used after it. */
  async #changing<Result>(username: string, domain: string, change: () => Promise<Result>): Promise<Result> {
    try {
      return await change();
    } finally {
      this.invalidate(username, domain);
    }
  }
}

/** Two columns of 64 characters, in UTF-16 units. */
const MAX_KEY_LENGTH = 256;

function keyOf(username: string, domain: string): string {
  return JSON.stringify([username, domain]);
}
