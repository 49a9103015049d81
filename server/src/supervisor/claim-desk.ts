/** Where workers ask for peers: the claim table, and who waits for its answers. */
import { type ClaimQuestion, ClaimTable } from "./claim-table.js";
import type { Opened } from "./protocol.js";

export class ClaimDesk {
  readonly #table: ClaimTable;
  /** By worker and by its number of the question. */
  readonly #waiting = new Map<number, Map<number, (claim: number | undefined) => void>>();

  /** `identity`: the Origin-Host of all workers. `revoke`: tells a worker that a claim of its is to be given up. */
  constructor(identity: string, revoke: (worker: number, claim: number) => void) {
    this.#table = new ClaimTable(identity, { revoke, answer: (...answer) => this.#answer(...answer) });
  }

  /** The worker that has the peer; undefined where none has. */
  owner(originHost: string): number | undefined {
    return this.#table.owner(originHost);
  }

  /** Resolves with the number of the claim; with undefined where the peer is another's, or nobody waits any more. */
  claim(worker: number, question: ClaimQuestion): Promise<number | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(worker) ?? new Map();
      this.#waiting.set(worker, waiting.set(question.ask, resolve));
      this.#table.ask(worker, question);
    });
  }

  cancel(worker: number, ask: number): void {
    this.#table.cancel(worker, ask);
    this.#answer(worker, ask, undefined);
  }

  opened(worker: number, { claim, address, originStateId }: Opened): void {
    this.#table.opened(worker, claim, address, originStateId);
  }

  release(worker: number, claim: number): void {
    this.#table.release(worker, claim);
  }

  /** The worker is dead; it must not be heard any more. */
  gone(worker: number): void {
    this.#table.gone(worker);
    this.#waiting.delete(worker);
  }

  #answer(worker: number, ask: number, claim: number | undefined): void {
    const waiting = this.#waiting.get(worker);
    waiting?.get(ask)?.(claim);
    waiting?.delete(ask);
  }
}
