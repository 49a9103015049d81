export type {
  AccountingPage,
  AccountingSessionPage,
  AccountingStore,
  Kept,
  ReceivedCursor,
  ReceivedPage,
  ReceivedRecords,
  ReceivedSessions,
  SessionCursor,
  SessionPage,
  StoredAccountingRecord,
} from "./accounting-store.js";
export { type CacheClock, CachedSubscribers, cachedSubscribers } from "./cached-subscribers.js";
export { type CommitOutcome, GroupCommit, type GroupCommitOptions } from "./group-commit.js";
export { GroupLookup, type GroupLookupOptions } from "./group-lookup.js";

export { openDatabase } from "./open-database.js";
export type {
  AccColumn,
  DatabaseOptions,
  DatabaseTls,
  MariadbDatabaseOptions,
  PostgresqlDatabaseOptions,
  SqliteDatabaseOptions,
  SubscriberCacheOptions,
  SubscriberColumn,
  TableNames,
} from "./options.js";
export type { PoolHealth } from "./pool-health.js";
export type { KeptUser, RegistrationPage, RegistrationStore } from "./registration-store.js";
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
