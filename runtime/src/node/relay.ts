/** A relay agent: RFC 6733 sections 2.8.1 and 6.1. It looks at nothing but what routing needs, and keeps no state but requests unanswered. */
import type { RawMessage } from "../codec/raw-message.js";
import { UnableToDeliverError } from "../errors.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import { forwardAnswer, forwardRequest } from "../routing/forward.js";
import type { Requester } from "../routing/requester.js";

export class Relay {
  private readonly requester: Requester;

  constructor(requester: Requester) {
    this.requester = requester;
  }

  /**
   * Passes a request on; its answer goes back the way that it came, with the Hop-by-Hop Identifier that it came with. Where nobody can be
   * reached, or nobody answers in time, `failed` is called with the request, once.
   */
  forward(peer: Peer, link: Link, raw: RawMessage, failed: (request: RawMessage, message: string) => void): void {
    const { hopByHop } = raw;
    const request = raw.own();
    const forwarded = forwardRequest(raw, peer.remote?.originHost ?? "");
    this.requester.send(forwarded, {
      from: peer,
      answered: (answer) => link.write(forwardAnswer(answer, hopByHop).toBytes()),
      failed: (error) =>
        failed(request, error instanceof UnableToDeliverError ? "no peer to relay to" : "no answer from there"),
    });
  }
}
