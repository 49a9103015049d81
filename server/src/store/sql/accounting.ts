/** Accounting records in MariaDB or PostgreSQL. */

import { type AccountingRecord, judge } from "../../accounting/index.js";
import type { AccountingStore, Kept } from "../accounting-store.js";
import { type CommitOutcome, GroupCommit } from "../group-commit.js";
import { isolating } from "../isolate.js";
import { StoreError } from "../store-error.js";
import { AccountingReader } from "./accounting-reader.js";
import type { SqlExecutor, SqlServer } from "./executor.js";
import type { SqlNames } from "./names.js";
import { accValues, type ContentRow, contentOf, recordValues, type StorableRecord, storable } from "./record-row.js";
import { AccountingStatements, parts } from "./statements.js";

/** Times a transaction is begun again after another process stored one of its records meanwhile, or both waited for each other. */
const MAX_ATTEMPTS = 6;

export class SqlAccountingStore extends AccountingReader implements AccountingStore {
  readonly #server: SqlServer;
  readonly #statements: AccountingStatements;
  readonly #group: GroupCommit<StorableRecord, Kept>;

  constructor(server: SqlServer, names: SqlNames, options: { readonly maxBatch?: number | undefined }) {
    const statements = new AccountingStatements(server.dialect, names);
    super(server, statements);
    this.#server = server;
    this.#statements = statements;
    this.#group = new GroupCommit({ maxBatch: options.maxBatch, commit: (records) => this.#commit(records) });
  }

  async record(record: AccountingRecord): Promise<Kept> {
    return this.#group.submit(storable(record));
  }

  /** Takes nothing more, and resolves when everything submitted has its outcome. */
  drain(): Promise<void> {
    return this.#group.close();
  }

  /** A single record that has what a column does not take, such as a character that the character set of `acc` lacks, is tried in ASCII. */
  #commit(records: readonly StorableRecord[]): Promise<readonly CommitOutcome<Kept>[]> {
    return isolating(records, async (part) => {
      try {
        return await this.#store(part);
      } catch (thrown) {
        if (part.length > 1 || !(thrown instanceof StoreError) || thrown.code !== "STORE_INVALID") throw thrown;
        return this.#store(part, true);
      }
    });
  }

  async #store(records: readonly StorableRecord[], ascii = false): Promise<readonly Kept[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#server.transaction((executor) => this.#within(executor, records, ascii));
      } catch (thrown) {
        const again = thrown instanceof StoreError && (thrown.code === "STORE_EXISTS" || thrown.code === "STORE_BUSY");
        if (!again || attempt >= MAX_ATTEMPTS) throw thrown;
      }
    }
  }

  async #within(executor: SqlExecutor, records: readonly StorableRecord[], ascii: boolean): Promise<readonly Kept[]> {
    const statements = this.#statements;
    const same: ContentRow[] = [];
    for (const identities of parts([...new Set(records.map(({ identity }) => identity))])) {
      const { rows } = await executor.execute(statements.selectSame(identities.length), identities);
      same.push(...(rows as unknown as readonly ContentRow[]));
    }
    const judgements = judge(records, same.map(contentOf));
    const fresh = records.flatMap((record, index) => {
      const collision = judgements[index];
      return collision === undefined ? [] : [{ record, collision }];
    });
    for (const part of parts(fresh, ({ record }) => record.json.length)) {
      const { dialect } = executor;
      const values = part.flatMap(({ record, collision }) => recordValues(record, collision, dialect, ascii));
      await executor.execute(statements.insertRecords(part.length), values);
      const acc = statements.insertAcc(part.length);
      if (acc === undefined) continue;
      const accParameters = part.flatMap(({ record }) => accValues(record, statements.accColumns, ascii));
      await executor.execute(acc, accParameters);
    }
    return judgements.map((collision) => (collision === undefined ? "duplicate" : "stored"));
  }
}
