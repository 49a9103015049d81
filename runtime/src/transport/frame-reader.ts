import type { Clock, Timer } from "../clock.js";
import { Framer } from "../codec/framing.js";
import type { ConnectionEvents } from "./transport.js";

/** The reading half of any byte stream: a framer, and the timer against messages that never end. */
export class FrameReader {
  readonly framer: Framer;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #timer: Timer | undefined;
  #watching = true;
  /** `framer.messages` when the timer was set. */
  #messages = 0;

  constructor(
    events: ConnectionEvents,
    options: { maxMessageLength: number; clock: Clock; timeoutMs: number; onTimeout: () => void },
  ) {
    this.framer = new Framer({
      maxMessageLength: options.maxMessageLength,
      onMessage: (raw) => events.onMessage(raw),
      onFault: (fault) => events.onFault(fault),
    });
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#onTimeout = options.onTimeout;
  }

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
    // Nothing to do for a chunk of whole messages, nor for one that only goes on with the message that the timer is set for.
    if (this.#timer !== undefined && this.framer.messages !== this.#messages) this.#clearTimer();
    if (this.#timer === undefined && this.framer.buffered > 0) this.#setTimer();
  }

  /** The timer stands still while we are the ones who do not read. */
  pause(): void {
    this.#watching = false;
    this.#clearTimer();
  }

  resume(): void {
    this.#watching = true;
    this.#setTimer();
  }

  stop(): void {
    this.framer.stop();
    this.#clearTimer();
  }

  #clearTimer(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** For the message that is incomplete now. */
  #setTimer(): void {
    if (!this.#watching || this.#timer !== undefined || this.framer.buffered === 0) return;
    this.#messages = this.framer.messages;
    this.#timer = this.#clock.setTimeout(this.#onTimeout, this.#timeoutMs, true);
  }
}
