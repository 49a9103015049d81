/** A subject of NATS JetStream: a record is durable when the stream has confirmed it. */

import { createHash } from "node:crypto";
import { JetStreamApiError, type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { connect, InvalidArgumentError, type NatsConnection } from "@nats-io/transport-node";
import { StoreError, type StoreErrorCode } from "../../store/store-error.js";
import type { AccountingRecord } from "../accounting-record.js";
import { contentHash, identityHash } from "../duplicates.js";
import type { NatsSinkOptions } from "../options.js";
import { toRecordJson } from "../record-json.js";
import type { Sink } from "./sink.js";

/** JetStream's error codes where a stream is full and discards new messages, and where it takes none that large. */
const STREAM_FULL: ReadonlySet<number> = new Set([10023, 10047, 10077]);
const TOO_LARGE = 10054;

/**
 * Publishes the record's JSON with `Nats-Msg-Id`, by which the stream knows what it had within its duplicate window (2 minutes by
 * default: make it as long as an outage may last). What comes after that is published again, with the same id, for consumers to
 * tell.
 *
 * Connects when it is first needed, and again whenever the server is back.
 */
export class NatsSink implements Sink {
  readonly name: string;
  readonly #options: NatsSinkOptions;
  readonly #timeoutMs: number;
  #connection: Promise<NatsConnection> | undefined;
  #closed = false;

  constructor(options: NatsSinkOptions, name = "nats") {
    this.name = name;
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 5000;
  }

  async write(record: AccountingRecord): Promise<"stored" | "duplicate"> {
    const { subject, stream } = this.#options;
    const payload = JSON.stringify(toRecordJson(record));
    try {
      const client = await this.#client();
      const { duplicate } = await client.publish(subject, payload, {
        msgID: messageId(record),
        timeout: this.#timeoutMs,
        ...(stream !== undefined && { expect: { streamName: stream } }),
      });
      return duplicate ? "duplicate" : "stored";
    } catch (thrown) {
      throw toError(thrown);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  async #client(): Promise<JetStreamClient> {
    if (this.#closed) throw new StoreError("STORE_CLOSED", "the connection to NATS is closed");
    this.#connection ??= this.#connect();
    try {
      const connection = await this.#connection;
      return jetstream(connection);
    } catch (thrown) {
      this.#connection = undefined;
      throw thrown;
    }
  }

  async #connect(): Promise<NatsConnection> {
    const { servers, user, password, token, ca } = this.#options;
    const connection = await connect({
      servers: [...servers],
      name: "diamgen-server",
      timeout: this.#timeoutMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { pass: password }),
      ...(token !== undefined && { token }),
      ...(ca !== undefined && { tls: { ca } }),
    });
    // One that ends for good is made anew.
    void connection.closed().then(() => {
      this.#connection = undefined;
    });
    return connection;
  }
}

/** The same for a record that comes again with the same content; a conforming client's has no other. */
function messageId(record: AccountingRecord): string {
  return createHash("sha256")
    .update(`${identityHash(record)}${contentHash(record)}`)
    .digest("hex");
}

function toError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const message = `NATS: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  return new StoreError(codeOf(thrown), message, { cause: thrown });
}

function codeOf(thrown: unknown): StoreErrorCode {
  // A message that is larger than the server's max_payload.
  if (thrown instanceof InvalidArgumentError) return "STORE_INVALID";
  if (!(thrown instanceof JetStreamApiError)) return "STORE_UNAVAILABLE";
  if (thrown.code === TOO_LARGE) return "STORE_INVALID";
  return STREAM_FULL.has(thrown.code) ? "STORE_FULL" : "STORE_UNAVAILABLE";
}
