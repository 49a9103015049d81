/** Asks the supervisor for peers: the `claim` of a worker's node. */
import type { ClaimPeer, DiameterNode, PeerClaim, PeerInfo, PeerLease } from "@diamgen/runtime";
import type { Channel } from "./channel.js";
import type { ToSupervisor, ToWorker } from "./protocol.js";

interface Held {
  readonly number: number;
  readonly lost: AbortController;
}

export class Claimant {
  readonly #channel: Pick<Channel<ToWorker, ToSupervisor>, "ask" | "tell">;
  readonly #held = new Map<string, Held>();
  #asked = 0;

  constructor(channel: Pick<Channel<ToWorker, ToSupervisor>, "ask" | "tell">) {
    this.#channel = channel;
  }

  readonly claim: ClaimPeer = async ({ signal, ...wanted }: PeerClaim): Promise<PeerLease | undefined> => {
    const ask = ++this.#asked;
    const cancel = () => this.#channel.tell("cancel", ask);
    signal.addEventListener("abort", cancel, { once: true });
    const number = await this.#channel.ask("claim", { ask, ...wanted });
    signal.removeEventListener("abort", cancel);
    if (number === undefined) return undefined;
    const key = wanted.originHost.toLowerCase();
    const held: Held = { number, lost: new AbortController() };
    this.#held.set(key, held);
    const release = () => {
      if (this.#held.get(key) === held) this.#held.delete(key);
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
