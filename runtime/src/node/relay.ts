/** A relay agent: RFC 6733 sections 2.8.1 and 6.1. It looks at nothing but what routing needs, and keeps no state but requests unanswered. */
import type { RawMessage } from "../codec/raw-message.js";
import { UnableToDeliverError } from "../errors.js";
import { AvpCode, readIdentity } from "../peer/base-avps.js";
import { sameIdentity } from "../peer/election.js";
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
    const visited = raw.avpsOf(AvpCode.ROUTE_RECORD).map(({ data }) => readIdentity(data) ?? "");
    const forwarded = forwardRequest(raw, peer.remote?.originHost ?? "");
    this.requester.send(forwarded, {
      // Section 6.1.7: a candidate whose name is in a Route-Record has had the request.
      excludes: (candidate) => candidate === peer || wasAt(candidate, visited),
      answered: (answer) => link.write(forwardAnswer(answer, hopByHop).toBytes()),
      failed: (error) =>
        failed(request, error instanceof UnableToDeliverError ? "no peer to relay to" : "no answer from there"),
    });
  }
}

function wasAt({ originHost }: Peer, visited: readonly string[]): boolean {
  return originHost !== undefined && visited.some((identity) => sameIdentity(identity, originHost));
}
