/** The tables' and columns' names, as configured. They become part of SQL texts, so they are checked, and quoted besides. */

import type { AccColumn, SubscriberColumn, TableNames } from "../options.js";
import { StoreError } from "../store-error.js";

export const SUBSCRIBER_COLUMNS = [
  "id",
  "username",
  "domain",
  "password",
  "email_address",
  "ha1",
  "ha1_sha256",
  "ha1_sha512t256",
  "rpid",
] as const satisfies readonly SubscriberColumn[];

export const ACC_COLUMNS = [
  "method",
  "from_tag",
  "to_tag",
  "callid",
  "sip_code",
  "sip_reason",
  "time",
  "duration",
  "ms_duration",
  "setuptime",
  "created",
] as const satisfies readonly AccColumn[];

/** Without these nobody is found. */
const NEEDED = ["id", "username", "domain", "ha1"] as const;

/** A column that is undefined is not there. */
export type SubscriberColumns = Readonly<
  Record<(typeof NEEDED)[number], string> & Partial<Record<SubscriberColumn, string>>
>;

export interface SqlNames {
  readonly subscriber: { readonly table: string; readonly columns: SubscriberColumns };
  /** undefined: not written. A column that is undefined is not there. */
  readonly acc: { readonly table: string; readonly columns: Readonly<Partial<Record<AccColumn, string>>> } | undefined;
  /** Our records. */
  readonly accounting: string;
  /** Registrations: RFC 4740. */
  readonly sipUser: string;
  readonly sipAor: string;
  readonly sipUserData: string;
  readonly sipSession: string;
  /** Which version our tables have. */
  readonly schema: string;
}

/** Throws STORE_INVALID for what is no name. */
export function sqlNames(tables: TableNames = {}): SqlNames {
  const { subscriber = {}, acc = {}, prefix = "diamgen_" } = tables;
  const subscriberColumns = SUBSCRIBER_COLUMNS.flatMap((column) => {
    const configured = subscriber.columns?.[column];
    const isNeeded = NEEDED.some((one) => one === column);
    if (configured === null && isNeeded) throw new StoreError("STORE_INVALID", `no subscribers without ${column}`);
    return configured === null ? [] : [[column, name(configured ?? column)]];
  });
  const accColumns = ACC_COLUMNS.flatMap((column) => {
    const configured = acc.columns?.[column];
    return configured === null ? [] : [[column, name(configured ?? column)]];
  });
  return {
    subscriber: {
      table: name(subscriber.table ?? "subscriber"),
      columns: Object.fromEntries(subscriberColumns) as SubscriberColumns,
    },
    acc:
      acc.enabled === false
        ? undefined
        : {
            table: name(acc.table ?? "acc"),
            columns: Object.fromEntries(accColumns) as Partial<Record<AccColumn, string>>,
          },
    accounting: name(`${prefix}accounting`),
    sipUser: name(`${prefix}sip_user`),
    sipAor: name(`${prefix}sip_aor`),
    sipUserData: name(`${prefix}sip_user_data`),
    sipSession: name(`${prefix}sip_session`),
    schema: name(`${prefix}schema`),
  };
}

/** What every database takes when it is quoted: PostgreSQL cuts names at 63 octets. */
function name(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(text)) return text;
  throw new StoreError(
    "STORE_INVALID",
    `${JSON.stringify(text)} is no name of a table or column: letters, digits, "_" and "$", 63 at most, no digit first`,
  );
}
