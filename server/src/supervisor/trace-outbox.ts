/** What traces show, on its way to the supervisor: where that does not read as fast as messages come, they are dropped and counted. */
import type { TraceEvent } from "../admin/operations.js";

/** Of one trace: a message, or how many are missing before the next. */
export type Traced =
  | { readonly id: number; readonly event: TraceEvent }
  | { readonly id: number; readonly missed: number };

/** Octets that may wait in a worker, for all traces together. */
const MAX_WAITING = 1024 * 1024;
/** What surrounds the octets of a message, about. */
const FACTS = 512;

export class TraceOutbox {
  readonly #tell: (traced: Traced, sent: () => void) => void;
  readonly #missed = new Map<number, number>();
  #waiting = 0;

  /** `sent` is called when it has left the process, or never will. */
  constructor(tell: (traced: Traced, sent: () => void) => void) {
    this.#tell = tell;
  }

  show(id: number, event: TraceEvent): void {
    const missed = this.#missed.get(id) ?? 0;
    // As behind a slow reader of the admin socket: one gap and not many.
    if (missed > 0 || this.#waiting > MAX_WAITING) this.#missed.set(id, missed + 1);
    else this.#send({ id, event }, FACTS + event.octets.length);
  }

  /** The trace has ended. */
  end(id: number): void {
    this.#missed.delete(id);
  }

  #send(traced: Traced, size: number): void {
    this.#waiting += size;
    this.#tell(traced, () => {
      this.#waiting -= size;
      if (this.#waiting === 0) this.#tellMissed();
    });
  }

  #tellMissed(): void {
    const all = [...this.#missed];
    this.#missed.clear();
    for (const [id, missed] of all) this.#send({ id, missed }, FACTS);
  }
}
