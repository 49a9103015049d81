/** Sessions that end by themselves: their time is over, or their SIP server has restarted. Any number of processes may do this at once. */

import { setImmediate } from "node:timers/promises";
import { type Clock, systemClock, type Timer } from "@diamgen/runtime";
import type { DueSession, RegistrationStore } from "../store/registration-store.js";
import { StoreError, type StoreErrorCode } from "../store/store-error.js";
import { sessionChanges, sessionExpired } from "./sessions.js";
import type { UserRecord } from "./types.js";

const EVERY_MS = 10_000;
const PAGE = 100;
const OF_ONE_USER: ReadonlySet<StoreErrorCode> = new Set(["STORE_INVALID", "STORE_EXISTS", "STORE_FAILED"]);
/** SIP servers whose Origin-State-Id is remembered; of others the database is asked again. */
const MAX_HOSTS = 10_000;

export interface SessionSweepOptions {
  readonly store: RegistrationStore;
  readonly clock?: Clock | undefined;
  /** Told of each session that this process has ended. */
  readonly onEnded?: ((session: DueSession) => void) | undefined;
  /** Told once, until it works again. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

export class SessionSweep {
  readonly #options: SessionSweepOptions;
  readonly #clock: Clock;
  /** The highest Origin-State-Id of SIP servers, the last that was looked at at the end. */
  readonly #states = new Map<string, number>();
  /** Of these, those that the database is not yet told. */
  readonly #noted = new Map<string, number>();
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #started = false;
  #failed = false;

  constructor(options: SessionSweepOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#next();
  }

  /** Resolves when nothing is going on any more. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#clock.clearTimeout(this.#timer);
    await this.#running;
  }

  /**
   * A SIP server says this Origin-State-Id: what it had when it said a lower one is gone (RFC 6733 section 8.6). 0 says nothing. Never rejects.
   */
  noted(originHost: string, originStateId: number | undefined): void {
    if (originStateId === undefined || originStateId === 0) return;
    if (!this.#started || (this.#states.get(originHost) ?? 0) >= originStateId) return;
    // What finds no room is said again by the next message.
    if (this.#noted.size >= MAX_HOSTS) return;
    this.#remember(originHost, originStateId);
    this.#noted.set(originHost, originStateId);
    if (this.#noted.size === 1) this.#then(() => this.#lose());
  }

  #remember(originHost: string, originStateId: number): void {
    this.#states.delete(originHost);
    const [oldest] = this.#states.size >= MAX_HOSTS ? this.#states.keys() : [];
    if (oldest !== undefined) this.#states.delete(oldest);
    this.#states.set(originHost, originStateId);
  }

  async #lose(): Promise<void> {
    const noted = [...this.#noted];
    this.#noted.clear();
    try {
      let lost = 0;
      for (const [host, state] of noted) lost += await this.#options.store.loseSessions(host, state, this.#clock.now());
      if (lost > 0) await this.#sweep();
    } catch (error) {
      // The next message says it again.
      for (const [host] of noted) this.#states.delete(host);
      throw error;
    }
  }

  /** What is due now, and what is to be forgotten. Rejects with a StoreError. */
  async #sweep(): Promise<void> {
    const { store } = this.#options;
    let refused: StoreError | undefined;
    for (;;) {
      const due = await store.dueSessions(this.#clock.now(), PAGE);
      let ended = 0;
      for (const session of due) {
        if (!this.#started) return;
        try {
          ended += await this.#end(session);
        } catch (error) {
          // One user whom the database refuses does not hold up the others.
          if (!(error instanceof StoreError) || !OF_ONE_USER.has(error.code)) throw error;
          refused ??= error;
        }
        // The embedded database answers at once: others get their turn.
        await setImmediate();
      }
      if (due.length < PAGE || ended === 0) break;
    }
    while (this.#started && (await store.forgetSessions(this.#clock.now(), PAGE)) === PAGE) await setImmediate();
    if (refused !== undefined) throw refused;
  }

  async #end(session: DueSession): Promise<number> {
    const { store, onEnded } = this.#options;
    const now = this.#clock.now();
    const decide = (before: UserRecord) => {
      // A new record, so that a session whose SIP-AORs are gone ends too.
      const record = { ...sessionExpired(before, session.id, now) };
      return { record, ended: sessionChanges(before, record).ended };
    };
    const { ended } = await store.update(session.user, decide, now);
    if (ended > 0) onEnded?.(session);
    return ended;
  }

  #next(): void {
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#then(() => this.#sweep());
        void this.#running.then(() => this.#started && this.#next());
      },
      EVERY_MS,
      true,
    );
  }

  /** One thing after the other. */
  #then(work: () => Promise<void>): void {
    this.#running = this.#running.then(work).then(
      () => {
        this.#failed = false;
      },
      (error: unknown) => {
        if (!this.#failed) this.#options.onFailure?.(error);
        this.#failed = true;
      },
    );
  }
}
