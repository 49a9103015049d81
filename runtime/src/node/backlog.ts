/** Requests that wait because as many of their connection are being served as may be: back-pressure, but not on DWR and DPR. */
import type { RawMessage } from "../codec/raw-message.js";
import type { Limits } from "../limits.js";
import type { Link } from "../peer/link.js";

class Queue {
  readonly requests: RawMessage[] = [];
  /** Of `requests`, those before this one are gone. */
  first = 0;
  octets = 0;
}

export class Backlog {
  private readonly limits: Limits;
  private readonly queues = new WeakMap<Link, Queue>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /**
   * Keeps a request for later; false where there is no room. At half of the room reading pauses, so that what has come already fits.
   * A pause ends after a second at the latest: a DWR may stand behind the flood, and its answer keeps the connection.
   */
  add(link: Link, raw: RawMessage): boolean {
    const { maxWaitingBytes } = this.limits;
    let queue = this.queues.get(link);
    const octets = (queue?.octets ?? 0) + raw.length;
    if (octets > maxWaitingBytes) {
      link.pause();
      return false;
    }
    if (queue === undefined) {
      queue = new Queue();
      this.queues.set(link, queue);
    }
    queue.requests.push(raw.own());
    queue.octets = octets;
    if (octets * 2 > maxWaitingBytes) link.pause();
    return true;
  }

  /** A request of this connection is answered: `serve` gets those that have waited longest, as long as there is room for them. */
  next(link: Link, serve: (raw: RawMessage) => void): void {
    const queue = this.queues.get(link);
    if (queue === undefined) return;
    while (link.serving.size < this.limits.maxPending) {
      const raw = queue.requests[queue.first];
      if (raw === undefined) break;
      queue.first++;
      queue.octets -= raw.length;
      if (queue.first === queue.requests.length) this.queues.delete(link);
      else if (queue.first >= 1024) {
        queue.requests.splice(0, queue.first);
        queue.first = 0;
      }
      serve(raw);
    }
    if (queue.octets * 2 <= this.limits.maxWaitingBytes) link.resume();
  }
}
