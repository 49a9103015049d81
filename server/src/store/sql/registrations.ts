/** Registrations in whichever database. */

import { ownAor } from "../../registration/identities.js";
import { DEFAULT_PROFILE, newAor, type SipUser, type UserData, type UserRecord } from "../../registration/types.js";
import { pageLimit } from "../page.js";
import type { DueSession, KeptSession, KeptUser, RegistrationPage, RegistrationStore } from "../registration-store.js";
import { StoreError } from "../store-error.js";
import type { SqlServer } from "./executor.js";
import type { SqlNames } from "./names.js";
import {
  aorRecord,
  aorValues,
  contentsValue,
  profileOf,
  type Row,
  serverOf,
  userDataOf,
  userValues,
} from "./registration-rows.js";
import { registrationStatements } from "./registration-statements.js";
import { SqlSessions } from "./sessions.js";
import { runSteps, type StepRunner, type Steps, step } from "./steps.js";

interface Loaded {
  readonly record: UserRecord;
  /** Session-Ids of all sessions of the user that are open. */
  readonly open: readonly string[];
}

export class SqlRegistrationStore implements RegistrationStore {
  readonly #runner: StepRunner;
  readonly #sql: ReturnType<typeof registrationStatements>;
  readonly #sessions: SqlSessions;

  constructor(runner: StepRunner, names: SqlNames) {
    this.#runner = runner;
    this.#sql = registrationStatements(runner.dialect, names);
    this.#sessions = new SqlSessions(runner.dialect, names);
  }

  async ownerOf(aor: string): Promise<SipUser | undefined> {
    const { rows } = await this.#runner.run(() => step(this.#sql.owner, aor));
    const [row] = rows;
    return row && { username: String(row.username), domain: String(row.domain) };
  }

  find(user: SipUser): Promise<UserRecord> {
    return this.#runner.run(() => this.#find(user));
  }

  update<Decided extends { readonly record: UserRecord }>(
    user: SipUser,
    decide: (record: UserRecord) => Decided,
    now: number = Date.now(),
  ): Promise<Decided> {
    return this.#runner.transaction(() => this.#update(user, decide, now));
  }

  list(page: RegistrationPage = {}): Promise<readonly KeptUser[]> {
    return this.#runner.run(() => this.#list(page));
  }

  findSession(id: string): Promise<KeptSession | undefined> {
    return this.#runner.run(() => this.#sessions.find(id));
  }

  dueSessions(now: number, limit: number): Promise<readonly DueSession[]> {
    return this.#runner.run(() => this.#sessions.due(now, limit));
  }

  loseSessions(originHost: string, originStateId: number, now: number): Promise<number> {
    return this.#runner.transaction(() => this.#sessions.lose(originHost, originStateId, now));
  }

  forgetSessions(now: number, limit: number): Promise<number> {
    return this.#runner.transaction(() => this.#sessions.forget(now, limit));
  }

  *#find(user: SipUser): Steps<UserRecord> {
    const { rows } = yield* step(this.#sql.find, user.username, user.domain);
    return (yield* this.#load(user, rows[0])).record;
  }

  *#list({ afterId = 0, limit }: RegistrationPage): Steps<readonly KeptUser[]> {
    const { rows } = yield* step(this.#sql.list(pageLimit(limit)), afterId);
    const found: KeptUser[] = [];
    for (const { id, username, domain } of rows)
      found.push({
        id: Number(id),
        record: yield* this.#find({ username: String(username), domain: String(domain) }),
      });
    return found;
  }

  *#update<Decided extends { readonly record: UserRecord }>(
    user: SipUser,
    decide: (record: UserRecord) => Decided,
    now: number,
  ): Steps<Decided> {
    const { username, domain } = user;
    let [row] = (yield* step(this.#sql.lock, username, domain)).rows;
    if (row === undefined) {
      yield* step(this.#sql.insert, username, domain);
      [row] = (yield* step(this.#sql.lock, username, domain)).rows;
    }
    if (row === undefined) throw new StoreError("STORE_INVALID", "the user's name cannot be stored");
    const { record: before, open } = yield* this.#load(user, row);
    const decided = decide(before);
    if (decided.record === before) return decided;
    const id = Number(row.id);
    yield* this.#store(id, before, decided.record);
    yield* this.#sessions.store(id, open, before, decided.record, now);
    return decided;
  }

  *#load(user: SipUser, row: Row | undefined): Steps<Loaded> {
    const own = ownAor(user);
    const userId = row === undefined ? 0 : Number(row.id);
    const { rows } = yield* step(this.#sql.aors, userId, own);
    const kept = rows.filter(({ user_id }) => Number(user_id) === userId).map(aorRecord);
    // Nobody's row is the subscriber's; one that another user was given is not.
    const all = rows.some(({ aor }) => aor === own) ? kept : [newAor(own), ...kept];
    if (row === undefined)
      return { record: { user, profile: DEFAULT_PROFILE, pending: undefined, aors: all, userData: [] }, open: [] };
    const userData = (yield* step(this.#sql.userData, userId)).rows.map(userDataOf);
    const { aors, ids: open } = yield* this.#sessions.load(userId, all);
    return { record: { user, profile: profileOf(row), pending: serverOf(row, "pending_"), aors, userData }, open };
  }

  *#store(id: number, before: UserRecord, after: UserRecord): Steps<void> {
    yield* step(this.#sql.change, ...userValues(after), id);
    for (const { aor } of before.aors)
      if (!after.aors.some((other) => other.aor === aor)) yield* step(this.#sql.deleteAor, id, aor);
    for (const aor of after.aors) {
      if (before.aors.includes(aor)) continue;
      const values = aorValues(aor);
      const { changes } = yield* step(this.#sql.changeAor, ...values, id, aor.aor);
      if (changes > 0) continue;
      // MariaDB counts no row that was the same before.
      const { rows } = yield* step(this.#sql.owner, aor.aor);
      const same = rows[0]?.username === after.user.username && rows[0]?.domain === after.user.domain;
      if (!same) yield* step(this.#sql.addAor, id, aor.aor, ...values);
    }
    if (before.userData !== after.userData) yield* this.#storeUserData(id, after.userData);
  }

  *#storeUserData(id: number, userData: readonly UserData[]): Steps<void> {
    yield* step(this.#sql.deleteUserData, id);
    for (const one of userData) yield* step(this.#sql.addUserData, id, one.type, contentsValue(one));
  }
}

/** How often a transaction is tried that another one got in the way of. */
const ATTEMPTS = 4;

/** Steps on a database behind a connection. */
export function serverRunner(server: SqlServer): StepRunner {
  return {
    dialect: server.dialect,
    run: (steps) => runSteps(server, steps()),
    async transaction(steps) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await server.transaction((executor) => runSteps(executor, steps()));
        } catch (thrown) {
          // A deadlock, which the database has ended.
          if (attempt === ATTEMPTS || !(thrown instanceof StoreError) || thrown.code !== "STORE_BUSY") throw thrown;
        }
      }
    },
  };
}
