/** Asks the supervisor for peers: the `claim` of a worker's node. */
import type { ClaimPeer, DiameterNode, PeerClaim, PeerInfo, PeerLease } from "@diamgen/runtime";
import type { ThrottleEntry } from "../authentication/index.js";
import type { Channel } from "./channel.js";
import type { ToSupervisor, ToWorker } from "./protocol.js";

interface Held {
  readonly number: number;
  readonly lost: AbortController;
}

/** What goes with a peer from worker to worker. */
export interface PeerMoves {
  /** Before it is served here: failures of its users elsewhere. */
  comes(failures: readonly ThrottleEntry[]): void;
  /** Before another worker may have it: what was counted here must be known there. */
  leaves(): void;
}

export class Claimant {
  readonly #channel: Pick<Channel<ToWorker, ToSupervisor>, "ask" | "tell">;
  readonly #moves: PeerMoves;
  readonly #held = new Map<string, Held>();
  #asked = 0;

  constructor(channel: Pick<Channel<ToWorker, ToSupervisor>, "ask" | "tell">, moves: PeerMoves) {
    this.#channel = channel;
    this.#moves = moves;
  }

  readonly claim: ClaimPeer = async ({ signal, ...wanted }: PeerClaim): Promise<PeerLease | undefined> => {
    const ask = ++this.#asked;
    const cancel = () => this.#channel.tell("cancel", ask);
    signal.addEventListener("abort", cancel, { once: true });
    const granted = await this.#channel.ask("claim", { ask, ...wanted });
    signal.removeEventListener("abort", cancel);
    if (granted === undefined) return undefined;
    const { claim: number, failures } = granted;
    this.#moves.comes(failures);
    const key = wanted.originHost.toLowerCase();
    const held: Held = { number, lost: new AbortController() };
    this.#held.set(key, held);
    const release = () => {
      if (this.#held.get(key) === held) this.#held.delete(key);
      this.#moves.leaves();
      this.#channel.tell("release", number);
    };
    return { release, lost: held.lost.signal };
  };

  /** Tells the supervisor which connections are open: an election waits for that. */
  watch(node: DiameterNode): void {
    node.on("peer:open", ({ originHost, originStateId, remote }: PeerInfo) => {
      const held = originHost === undefined ? undefined : this.#held.get(originHost.toLowerCase());
      if (held !== undefined)
        this.#channel.tell("opened", { claim: held.number, address: remote?.address ?? "", originStateId });
    });
  }

  /** The supervisor wants it back. */
  revoke(number: number): void {
    for (const held of this.#held.values()) if (held.number === number) held.lost.abort();
  }
}
