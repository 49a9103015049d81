/** Subscribers in OpenSIPS's table, in whichever database. */

import { sql } from "kysely";
import { computeHa1Columns } from "../../digest/index.js";
import { GroupLookup } from "../group-lookup.js";
import type { SubscriberColumn } from "../options.js";
import { pageLimit } from "../page.js";
import { StoreError } from "../store-error.js";
import type {
  NewSubscriber,
  Subscriber,
  SubscriberPage,
  SubscriberStore,
  SubscriberSummary,
} from "../subscriber-store.js";
import { type SqlExecutor, sqlText } from "./executor.js";
import type { SqlNames, SubscriberColumns } from "./names.js";

/** Names that one statement asks for: a power of two. */
const MAX_LOOKUP = 64;

/** The width of OpenSIPS's columns. */
const MAX_NAME_LENGTH = 64;

interface Name {
  readonly username: string;
  readonly domain: string;
}

export class SqlSubscriberStore implements SubscriberStore {
  readonly #executor: SqlExecutor;
  readonly #sql: ReturnType<typeof statements>;
  readonly #columns: SubscriberColumns;
  readonly #lookup: GroupLookup<Name, Subscriber>;

  constructor(executor: SqlExecutor, names: SqlNames) {
    this.#executor = executor;
    this.#sql = statements(executor, names);
    this.#columns = names.subscriber.columns;
    this.#lookup = new GroupLookup({ lookUp: (asked) => this.#lookUp(asked), maxBatch: MAX_LOOKUP });
  }

  async find(username: string, domain: string): Promise<Subscriber | undefined> {
    if (isImpossible(username, domain)) {
      // A closed store says so, whatever it is asked.
      await this.#executor.execute("SELECT 1", []);
      return undefined;
    }
    try {
      // The embedded database answers at once: nobody has to wait for others.
      return this.#executor.dialect === "sqlite"
        ? (await this.#lookUp([{ username, domain }]))[0]
        : await this.#lookup.find({ username, domain });
    } catch (thrown) {
      // The table's character set lacks some of it: no row can have such a name.
      if (thrown instanceof StoreError && thrown.code === "STORE_INVALID") return undefined;
      throw thrown;
    }
  }

  async #lookUp(names: readonly Name[]): Promise<readonly (Subscriber | undefined)[]> {
    // Few distinct statements, which stay prepared on each connection: the last name is asked for again, up to a power of two.
    const size = 2 ** Math.ceil(Math.log2(names.length));
    const asked = Array.from({ length: size }, (_, index) => names[Math.min(index, names.length - 1)] as Name);
    const values = asked.flatMap(({ username, domain }) => [username, domain]);
    const { rows } = await this.#executor.execute(this.#sql.find(size), values);
    // Most collations of MariaDB take "ALICE" and "alice " for "alice".
    return names.map(
      ({ username, domain }) =>
        rows.find((row) => row.username === username && row.domain === domain) as Subscriber | undefined,
    );
  }

  async list(page: SubscriberPage = {}): Promise<readonly SubscriberSummary[]> {
    const limit = pageLimit(page.limit);
    const domain = page.domain === undefined ? [] : [page.domain];
    const statement = page.domain === undefined ? this.#sql.list(limit) : this.#sql.listDomain(limit);
    const { rows } = await this.#executor.execute(statement, [page.afterId ?? 0, ...domain]);
    return (rows as unknown as readonly ListedRow[]).map((row) => ({
      id: row.id,
      username: row.username,
      domain: row.domain,
      emailAddress: row.emailAddress,
      rpid: row.rpid ?? undefined,
      stored: {
        password: row.password !== "",
        ha1: row.ha1 !== "",
        ha1Sha256: row.ha1Sha256 !== "",
        ha1Sha512t256: row.ha1Sha512t256 !== "",
      },
    }));
  }

  async add(subscriber: NewSubscriber): Promise<void> {
    const { username, domain, password, keepPassword, emailAddress = "" } = subscriber;
    checkName("username", username);
    checkName("domain", domain);
    checkText("the e-mail address", emailAddress, MAX_NAME_LENGTH);
    const values = [
      ...[username, domain, ...(this.#columns.email_address === undefined ? [] : [emailAddress])],
      ...secrets(this.#columns, { username, domain }, password, keepPassword),
    ];
    try {
      await this.#executor.execute(this.#sql.add, values);
    } catch (thrown) {
      if (!(thrown instanceof StoreError) || thrown.code !== "STORE_EXISTS") throw thrown;
      throw new StoreError("STORE_EXISTS", `subscriber ${username}@${domain} exists already`, { cause: thrown });
    }
  }

  async setPassword(
    username: string,
    domain: string,
    password: string,
    options: { readonly keepPassword?: boolean | undefined } = {},
  ): Promise<boolean> {
    const values = secrets(this.#columns, { username, domain }, password, options.keepPassword);
    const found = await this.find(username, domain);
    if (found === undefined) return false;
    await this.#executor.execute(this.#sql.setPassword, [...values, found.id]);
    return true;
  }

  async delete(username: string, domain: string): Promise<boolean> {
    const found = await this.find(username, domain);
    if (found === undefined) return false;
    const { changes } = await this.#executor.execute(this.#sql.delete, [found.id]);
    return changes > 0;
  }
}

interface ListedRow {
  readonly id: number;
  readonly username: string;
  readonly domain: string;
  readonly emailAddress: string;
  readonly rpid: string | null;
  readonly password: string;
  readonly ha1: string;
  readonly ha1Sha256: string;
  readonly ha1Sha512t256: string;
}

function statements({ dialect }: SqlExecutor, { subscriber }: SqlNames) {
  const table = sql.id(subscriber.table);
  const { columns } = subscriber;
  const [id, username, domain] = [sql.id(columns.id), sql.id(columns.username), sql.id(columns.domain)];
  const as = (name: SubscriberColumn, known: string) => {
    const column = columns[name];
    return sql`${column === undefined ? sql.lit("") : sql.id(column)} AS ${sql.id(known)}`;
  };
  const secretColumns = secretColumnsOf(columns).map((name) => sql.id(columns[name] as string));
  const emailAddress = columns.email_address === undefined ? [] : [sql.id(columns.email_address)];
  const selected = sql.join([
    ...[
      as("id", "id"),
      as("username", "username"),
      as("domain", "domain"),
      as("password", "password"),
      as("ha1", "ha1"),
    ],
    ...[as("ha1_sha256", "ha1Sha256"), as("ha1_sha512t256", "ha1Sha512t256")],
  ]);
  const rpid = columns.rpid === undefined ? sql`NULL AS ${sql.id("rpid")}` : as("rpid", "rpid");
  const listed = sql`${selected}, ${as("email_address", "emailAddress")}, ${rpid}`;
  const text = (query: ReturnType<typeof sql>) => sqlText(dialect, query);
  const value = sql.val("");
  const named = sql`(${username} = ${value} AND ${domain} = ${value})`;
  const find = (size: number) =>
    text(sql`SELECT ${selected} FROM ${table} WHERE ${sql.join(Array(size).fill(named), sql` OR `)}`);
  const finds = new Map<number, string>();
  return {
    find: (size: number) => {
      const statement = finds.get(size) ?? find(size);
      finds.set(size, statement);
      return statement;
    },
    list: (limit: number) =>
      text(sql`SELECT ${listed} FROM ${table} WHERE ${id} > ${value} ORDER BY ${id} LIMIT ${sql.lit(limit)}`),
    listDomain: (limit: number) =>
      text(
        sql`SELECT ${listed} FROM ${table} WHERE ${id} > ${value} AND ${domain} = ${value} ORDER BY ${id} LIMIT ${sql.lit(limit)}`,
      ),
    add: text(insertInto(table, [username, domain, ...emailAddress, ...secretColumns])),
    setPassword: text(
      sql`UPDATE ${table} SET ${sql.join(secretColumns.map((secret) => sql`${secret} = ${value}`))} WHERE ${id} = ${value}`,
    ),
    delete: text(sql`DELETE FROM ${table} WHERE ${id} = ${value}`),
  };
}

function insertInto(table: ReturnType<typeof sql.id>, columns: readonly ReturnType<typeof sql.id>[]) {
  return sql`INSERT INTO ${table} (${sql.join(columns)}) VALUES (${sql.join(columns.map(() => sql.val("")))})`;
}

/** Those of a secret that are there, in the order of the statements' values. */
function secretColumnsOf(columns: SubscriberColumns): readonly SecretColumn[] {
  return (["password", "ha1", "ha1_sha256", "ha1_sha512t256"] as const).filter((name) => columns[name] !== undefined);
}

type SecretColumn = "password" | "ha1" | "ha1_sha256" | "ha1_sha512t256";

/** In the order of the statements' columns. */
function secrets(
  columns: SubscriberColumns,
  { username, domain }: Name,
  password: string,
  keepPassword: boolean | undefined,
): string[] {
  if (password === "") throw new StoreError("STORE_INVALID", "the password is empty, which stands for none");
  if (keepPassword === true && columns.password === undefined)
    throw new StoreError("STORE_INVALID", "there is no column for a password to keep");
  if (keepPassword === true) checkText("a password to keep", password, MAX_PASSWORD_LENGTH);
  const { ha1, ha1Sha256, ha1Sha512t256 } = computeHa1Columns(username, domain, password);
  const values: Readonly<Record<SecretColumn, string>> = {
    password: keepPassword === true ? password : "",
    ha1,
    ha1_sha256: ha1Sha256,
    ha1_sha512t256: ha1Sha512t256,
  };
  return secretColumnsOf(columns).map((name) => values[name]);
}

const MAX_PASSWORD_LENGTH = 25;

/** No row has such a name: add() refuses it, and so do the databases. */
function isImpossible(username: string, domain: string): boolean {
  return username.includes("\0") || domain.includes("\0");
}

function checkName(column: string, value: string): void {
  if (value === "") throw new StoreError("STORE_INVALID", `${column} is empty`);
  checkText(column, value, MAX_NAME_LENGTH);
}

function checkText(what: string, value: string, width: number): void {
  if ([...value].length <= width && !/[\0\p{Surrogate}]/u.test(value)) return;
  throw new StoreError("STORE_INVALID", `${what} must have at most ${width} characters and no NUL`);
}
