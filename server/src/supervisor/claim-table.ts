/**
 * The peer table of all workers: which of them has the connection with which peer (RFC 6733 section 2.1 has one). Pure but for `say`: what is
 * to be told to whom. Claims have numbers, so that what a worker says late, or said before it died, is not taken for another's.
 */
import { winsElection } from "@diamgen/runtime";

/** What a worker wants to connect with: a PeerClaim of the runtime. `ask` is its own number of the question. */
export interface ClaimQuestion {
  readonly ask: number;
  readonly originHost: string;
  readonly address: string;
  readonly initiated: boolean;
  readonly originStateId: number | undefined;
}

/** What is told to workers. */
export interface ClaimAnswers {
  /** `claim`: its number, undefined where the peer is another's. */
  answer(worker: number, ask: number, claim: number | undefined): void;
  /** The claim is to be given up; its release follows. */
  revoke(worker: number, claim: number): void;
}

interface Claim {
  readonly number: number;
  readonly worker: number;
  /** Capabilities are exchanged, or about to be: the CER of the peer was granted. */
  open: boolean;
  address: string;
  originStateId: number | undefined;
  /** Connections of the peer that came to other workers meanwhile. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly worker: number;
  readonly question: ClaimQuestion;
}

export class ClaimTable {
  readonly #identity: string;
  readonly #say: ClaimAnswers;
  readonly #claims = new Map<string, Claim>();
  #last = 0;

  /** `identity`: the Origin-Host of all workers. */
  constructor(identity: string, say: ClaimAnswers) {
    this.#identity = identity;
    this.#say = say;
  }

  get size(): number {
    return this.#claims.size;
  }

  /** The worker that has the peer; undefined where none has. */
  owner(originHost: string): number | undefined {
    return this.#claims.get(keyOf(originHost))?.worker;
  }

  ask(worker: number, question: ClaimQuestion): void {
    const held = this.#claims.get(keyOf(question.originHost));
    if (held === undefined) {
      this.#grant(worker, question, []);
      return;
    }
    const outcome = this.#judge(held, question);
    if (outcome === "refuse") this.#say.answer(worker, question.ask, undefined);
    else held.waiting.push({ worker, question });
    if (outcome === "replace") this.#say.revoke(held.worker, held.number);
  }

  /** Nobody waits for the answer any more. */
  cancel(worker: number, ask: number): void {
    for (const { waiting } of this.#claims.values()) {
      const index = waiting.findIndex((one) => one.worker === worker && one.question.ask === ask);
      if (index >= 0) waiting.splice(index, 1);
    }
  }

  /** Capabilities are exchanged on the connection of that claim. */
  opened(worker: number, number: number, address: string, originStateId: number | undefined): void {
    const claim = this.#find(worker, number)?.[1];
    if (claim === undefined) return;
    Object.assign(claim, { open: true, address, originStateId });
    // The connection that we made has come first, or won the election.
    for (const { worker: other, question } of claim.waiting.splice(0)) this.#say.answer(other, question.ask, undefined);
  }

  release(worker: number, number: number): void {
    const found = this.#find(worker, number);
    if (found !== undefined) this.#free(...found);
  }

  /** The worker is dead: what it had and what it asked for is nobody's. */
  gone(worker: number): void {
    for (const { waiting } of this.#claims.values())
      waiting.splice(0, waiting.length, ...waiting.filter((one) => one.worker !== worker));
    for (const [key, claim] of [...this.#claims]) if (claim.worker === worker) this.#free(key, claim);
  }

  #judge(held: Claim, question: ClaimQuestion): "refuse" | "replace" | "wait" {
    if (question.initiated) return "refuse";
    // Section 5.6.4: Win-Election, and the connection that the peer made stays; or Wait-Returns, and the one that we make decides.
    if (!held.open) return winsElection(this.#identity, question.originHost) ? "replace" : "wait";
    // Section 8.16, as within one process: it is back from a restart, and its old connection is dead though nobody has said so.
    const { address, originStateId = 0 } = question;
    const before = held.originStateId;
    return before !== undefined && originStateId > before && address === held.address ? "replace" : "refuse";
  }

  #grant(worker: number, question: ClaimQuestion, waiting: readonly Waiting[]): void {
    const { originHost, address, originStateId, initiated, ask } = question;
    const number = ++this.#last;
    const claim = { number, worker, open: !initiated, address, originStateId, waiting: [] };
    this.#claims.set(keyOf(originHost), claim);
    this.#say.answer(worker, ask, number);
    for (const other of waiting) this.#say.answer(other.worker, other.question.ask, undefined);
  }

  #free(key: string, { waiting }: Claim): void {
    this.#claims.delete(key);
    const [next, ...others] = waiting;
    if (next !== undefined) this.#grant(next.worker, next.question, others);
  }

  #find(worker: number, number: number): [string, Claim] | undefined {
    for (const entry of this.#claims) if (entry[1].number === number && entry[1].worker === worker) return entry;
    return undefined;
  }
}

/** DNS names do not know case; only ASCII letters change. */
function keyOf(originHost: string): string {
  return originHost.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
