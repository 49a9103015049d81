/** Subscribers in SQLite. */

import type { Compilable, Kysely } from "kysely";
import { computeHa1Columns } from "../../digest/index.js";
import type { Schema } from "../schema.js";
import { StoreError, toStoreError } from "../store-error.js";
import type {
  NewSubscriber,
  Subscriber,
  SubscriberPage,
  SubscriberStore,
  SubscriberSummary,
} from "../subscriber-store.js";
import type { SqliteConnection } from "./connection.js";
import { pageLimit } from "./page.js";

/** The width of OpenSIPS's columns. SQLite would keep more, but MariaDB, to which an operator may move, would not. */
const MAX_NAME_LENGTH = 64;

export class SqliteSubscriberStore implements SubscriberStore {
  readonly #connection: SqliteConnection;
  readonly #kysely: Kysely<Schema>;
  readonly #find: string;

  constructor(connection: SqliteConnection, kysely: Kysely<Schema>) {
    this.#connection = connection;
    this.#kysely = kysely;
    this.#find = kysely
      .selectFrom("subscriber")
      .select([
        "id",
        "username",
        "domain",
        "password",
        "ha1",
        "ha1_sha256 as ha1Sha256",
        "ha1_sha512t256 as ha1Sha512t256",
      ])
      .where("username", "=", "username")
      .where("domain", "=", "domain")
      .compile().sql;
  }

  async find(username: string, domain: string): Promise<Subscriber | undefined> {
    this.#connection.assertOpen();
    if (isImpossible(username, domain)) return undefined;
    const [row] = this.#connection.prepare(this.#find).all([username, domain]) as Subscriber[];
    return row;
  }

  async list(page: SubscriberPage = {}): Promise<readonly SubscriberSummary[]> {
    let query = this.#kysely
      .selectFrom("subscriber")
      .selectAll()
      .where("id", ">", page.afterId ?? 0)
      .orderBy("id")
      .limit(pageLimit(page.limit));
    if (page.domain !== undefined) query = query.where("domain", "=", page.domain);
    const rows = await this.#execute(() => query.execute());
    return rows.map((row) => ({
      id: row.id,
      username: row.username,
      domain: row.domain,
      emailAddress: row.email_address,
      rpid: row.rpid ?? undefined,
      stored: {
        password: row.password !== "",
        ha1: row.ha1 !== "",
        ha1Sha256: row.ha1_sha256 !== "",
        ha1Sha512t256: row.ha1_sha512t256 !== "",
      },
    }));
  }

  async add(subscriber: NewSubscriber): Promise<void> {
    const { username, domain } = subscriber;
    checkName("username", username);
    checkName("domain", domain);
    const changes = this.#change(
      this.#kysely
        .insertInto("subscriber")
        .values({
          username,
          domain,
          email_address: subscriber.emailAddress ?? "",
          ...secretColumns(username, domain, subscriber.password, subscriber.keepPassword),
        })
        .onConflict((conflict) => conflict.doNothing()),
    );
    if (changes === 0) throw new StoreError("STORE_EXISTS", `subscriber ${username}@${domain} exists already`);
  }

  async setPassword(
    username: string,
    domain: string,
    password: string,
    options: { readonly keepPassword?: boolean | undefined } = {},
  ): Promise<boolean> {
    this.#connection.assertOpen();
    const columns = secretColumns(username, domain, password, options.keepPassword);
    if (isImpossible(username, domain)) return false;
    const query = this.#kysely
      .updateTable("subscriber")
      .set(columns)
      .where("username", "=", username)
      .where("domain", "=", domain);
    return this.#change(query) > 0;
  }

  async delete(username: string, domain: string): Promise<boolean> {
    this.#connection.assertOpen();
    if (isImpossible(username, domain)) return false;
    const query = this.#kysely.deleteFrom("subscriber").where("username", "=", username).where("domain", "=", domain);
    return this.#change(query) > 0;
  }

  /** A single statement is a transaction of its own. @returns rows changed */
  #change(query: Compilable): number {
    const { sql, parameters } = query.compile();
    return Number(this.#connection.prepare(sql).run(parameters).changes);
  }

  async #execute<Result>(query: () => Promise<Result>): Promise<Result> {
    this.#connection.assertOpen();
    try {
      return await query();
    } catch (thrown) {
      throw toStoreError(thrown, "subscribers");
    }
  }
}

function secretColumns(username: string, domain: string, password: string, keepPassword: boolean | undefined) {
  if (password === "") throw new StoreError("STORE_INVALID", "the password is empty, which stands for none");
  const { ha1, ha1Sha256, ha1Sha512t256 } = computeHa1Columns(username, domain, password);
  return {
    password: keepPassword === true ? password : "",
    ha1,
    ha1_sha256: ha1Sha256,
    ha1_sha512t256: ha1Sha512t256,
  };
}

/** No row has such a name: add() refuses it, and so does the connection. */
function isImpossible(username: string, domain: string): boolean {
  return username.includes("\0") || domain.includes("\0");
}

function checkName(column: string, value: string): void {
  const length = [...value].length;
  if (length >= 1 && length <= MAX_NAME_LENGTH && !value.includes("\0")) return;
  throw new StoreError("STORE_INVALID", `${column} must have 1 to ${MAX_NAME_LENGTH} characters and no NUL`);
}
