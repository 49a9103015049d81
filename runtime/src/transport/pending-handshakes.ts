import type { Socket } from "node:net";
import { type DiameterError, TransportError } from "../errors.js";
import { defaultLimits, type Limits } from "../limits.js";
import { Attempt } from "./attempt.js";
import { remoteOf } from "./socket-connection.js";
import type { TlsCredentials } from "./tls-credentials.js";
import { type Secured, shakeHands } from "./tls-handshake.js";
import type { ListenOptions } from "./transport.js";

/**
 * The handshakes of a TLS listener that are under way. A handshake costs us more than it costs a stranger who begins it, so the number
 * is limited as that of connections without a CER is: in all, and from one address.
 */
export class PendingHandshakes {
  readonly #credentials: TlsCredentials;
  readonly #limits: Limits;
  readonly #onRefused: ListenOptions["onRefused"];
  readonly #attempt: Attempt;
  readonly #closing = new AbortController();
  readonly #perAddress = new Map<string, number>();
  #count = 0;

  constructor(credentials: TlsCredentials, options: ListenOptions) {
    this.#credentials = credentials;
    this.#limits = options.limits ?? defaultLimits;
    this.#onRefused = options.onRefused;
    this.#attempt = new Attempt({ clock: options.clock, signal: this.#closing.signal });
  }

  /** Calls `secured` with what becomes of the socket, or destroys it. */
  add(raw: Socket, secured: (secured: Secured) => void): void {
    const remote = remoteOf(raw);
    const { maxUnidentified, maxUnidentifiedPerAddress, handshakeTimeoutMs } = this.#limits;
    const fromThere = this.#perAddress.get(remote.address) ?? 0;
    const refuse = (error: unknown): void => {
      if (!this.#closing.signal.aborted) this.#onRefused?.(remote, error as DiameterError);
    };
    if (this.#count >= maxUnidentified || fromThere >= maxUnidentifiedPerAddress) {
      raw.on("error", () => {});
      raw.resetAndDestroy();
      refuse(new TransportError("too many TLS handshakes under way"));
      return;
    }
    this.#count++;
    this.#perAddress.set(remote.address, fromThere + 1);
    const handshake = { role: "server", credentials: this.#credentials, inband: false } as const;
    this.#attempt
      .run<Secured>("the peer", handshakeTimeoutMs, (done) => shakeHands(raw, handshake, done))
      .finally(() => this.#forget(remote.address))
      .then(secured, refuse);
  }

  /** Gives all of them up. */
  close(): void {
    this.#closing.abort();
  }

  #forget(address: string): void {
    this.#count--;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}
