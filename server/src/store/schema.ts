/** The tables as Kysely sees them. Column names and types are OpenSIPS's (3.2), ours in `acc` follow after its own. */

import type { Generated } from "kysely";

/** OpenSIPS's `subscriber`, table version 8. */
export interface SubscriberTable {
  id: Generated<number>;
  username: string;
  domain: string;
  password: Generated<string>;
  email_address: Generated<string>;
  ha1: Generated<string>;
  ha1_sha256: Generated<string>;
  ha1_sha512t256: Generated<string>;
  rpid: Generated<string | null>;
}

/** OpenSIPS's `acc`, table version 7, and what a Diameter server knows beyond it. */
export interface AccTable {
  id: Generated<number>;
  method: string;
  from_tag: string;
  to_tag: string;
  callid: string;
  sip_code: string;
  sip_reason: string;
  /** "YYYY-MM-DD HH:MM:SS", UTC. */
  time: string;
  /** Seconds. */
  duration: number;
  /** Milliseconds. */
  ms_duration: number;
  /** Seconds. */
  setuptime: number;
  /** As `time`. */
  created: string | null;
  /** "" in rows that somebody else wrote, such as OpenSIPS itself. */
  session_id: string;
  /** Unsigned64 in decimal; "" where the AVP is absent, which is not sub-session 0. */
  sub_session_id: string;
  record_number: number;
  record_type: number;
  collision: number;
  /** 1 where the request that brought this row had the T flag. */
  retransmitted: number;
  content_hash: string;
  origin_host: string;
  origin_realm: string;
  /** ISO 8601 with milliseconds, UTC. */
  received_at: string;
  event_timestamp: string | null;
  /** JSON: see accounting/avp-json.ts. */
  avps: string;
}

export interface Schema {
  subscriber: SubscriberTable;
  acc: AccTable;
}
