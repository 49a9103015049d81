export type { AccountingPage, AccountingStore, StoredAccountingRecord } from "./accounting-store.js";
export { type CommitOutcome, GroupCommit, type GroupCommitOptions } from "./group-commit.js";
export type { AccTable, Schema, SubscriberTable } from "./schema.js";
export { openSqlite, type SqliteOptions, type SqliteStores } from "./sqlite/open.js";
export { StoreError, type StoreErrorCode, toStoreError } from "./store-error.js";
export type { Stores } from "./stores.js";
export type {
  NewSubscriber,
  Subscriber,
  SubscriberPage,
  SubscriberStore,
  SubscriberSummary,
} from "./subscriber-store.js";
