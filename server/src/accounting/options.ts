/** What an operator may say about accounting, as plain data: a configuration file can hold it. */

/** One place that records go to. The first of the list is the primary one. */
export type SinkOptions = SqlSinkOptions | FileSinkOptions | NatsSinkOptions;

/** The database: OpenSIPS's `acc` and our table beside it. */
export interface SqlSinkOptions {
  readonly type: "sql";
}

/** A file of lines, one for each record. */
export interface FileSinkOptions {
  /**
   * - "acc-log": what freeDiameter's app_opensips writes, byte for byte. Nothing is quoted: a comma or a line break in a value
   *   breaks the line.
   * - "csv": RFC 4180, with fixed columns and a header.
   * - "json": one JSON object a line.
   */
  readonly type: "acc-log" | "csv" | "json";
  readonly path: string;
  readonly rotate?:
    | {
        /** Octets after which a new file begins. Default: none. */
        readonly maxBytes?: number | undefined;
        /** A new file each day, by local time. Default true. */
        readonly daily?: boolean | undefined;
      }
    | undefined;
  /** Days for which an identification of a record is remembered, to know a record that comes again. Default 30. */
  readonly rememberDays?: number | undefined;
}

/** A subject of NATS JetStream; the stream must be there. */
export interface NatsSinkOptions {
  readonly type: "nats";
  /** Such as "nats://127.0.0.1:4222". */
  readonly servers: readonly string[];
  readonly subject: string;
  /** The stream that must take it; a publish to any other fails. */
  readonly stream?: string | undefined;
  readonly user?: string | undefined;
  /** Never logged. */
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Certificates (PEM) to trust; TLS is required then. */
  readonly ca?: string | undefined;
  /** Milliseconds until JetStream must have confirmed. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

export interface SpoolOptions {
  /** Folder of the local machine, made with mode 0700 where it is missing. Processes share it. */
  readonly directory: string;
  /** Octets at most for each sink and each process (worker). Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Octets after which a new segment begins. Default 16 MiB. */
  readonly segmentBytes?: number | undefined;
}

export interface AccountingOptions {
  /** Default: the database alone. */
  readonly sinks?: readonly SinkOptions[] | undefined;
  /**
   * Which sinks must have a record durably (themselves, or the spool for them) before DIAMETER_SUCCESS is answered.
   * Default "all".
   */
  readonly acknowledge?: "primary" | "all" | undefined;
  /** Where left out, there is no spool: what a sink does not take is refused. */
  readonly spool?: SpoolOptions | undefined;
  /** Milliseconds that a sink may take before the spool takes over. Default 1000. */
  readonly waitMs?: number | undefined;
  /** Milliseconds between two attempts to replay: they grow from the first to the last. Default 100 to 5000. */
  readonly replayMs?: { readonly first: number; readonly last: number } | undefined;
  /** Acct-Interim-Interval (85) in answers to START_RECORD and INTERIM_RECORD, seconds. Default: not sent. RFC 6733 section 9.8.2. */
  readonly interimIntervalSeconds?: number | undefined;
  /** Accounting-Realtime-Required (483) in answers to START_RECORD and INTERIM_RECORD. Default: not sent. RFC 6733 section 9.8.7. */
  readonly realtimeRequired?: "DELIVER_AND_GRANT" | "GRANT_AND_STORE" | "GRANT_AND_LOSE" | undefined;
}
