/**
 * Requests that were sent on one connection and are not answered yet: the pending message queue of RFC 6733 section 5.5.4. An answer is
 * found by its Hop-by-Hop Identifier (section 6.2.1) and must agree with its request in End-to-End Identifier, command and application.
 */
import type { RawMessage } from "../codec/raw-message.js";

/** A request on its way: what an answer must agree with. */
export interface PendingRequest {
  readonly commandCode: number;
  readonly applicationId: number;
  readonly endToEnd: number;
}

export class PendingRequests<T extends PendingRequest> {
  private readonly byHopByHop = new Map<number, T>();
  private readonly max: number;

  /** @param max `limits.maxPending` */
  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.byHopByHop.size;
  }

  get full(): boolean {
    return this.byHopByHop.size >= this.max;
  }

  /** True where the identifier is not in use on this connection: after 2^32 requests, a very old one may still have it. */
  isFree(hopByHop: number): boolean {
    return !this.byHopByHop.has(hopByHop);
  }

  add(hopByHop: number, request: T): void {
    this.byHopByHop.set(hopByHop, request);
  }

  /**
   * The request that `answer` answers; it is pending no more. Undefined for an unknown Hop-by-Hop Identifier, and for an answer that
   * differs in End-to-End Identifier, command or application: it answers something else, and the request goes on waiting.
   */
  take(answer: RawMessage): T | undefined {
    const { hopByHop } = answer;
    const request = this.byHopByHop.get(hopByHop);
    if (
      request === undefined ||
      request.endToEnd !== answer.endToEnd ||
      request.commandCode !== answer.commandCode ||
      request.applicationId !== answer.applicationId
    )
      return undefined;
    this.byHopByHop.delete(hopByHop);
    return request;
  }

  /** Forgets one request: its caller has given up. An answer that still comes is unknown. */
  remove(hopByHop: number): void {
    this.byHopByHop.delete(hopByHop);
  }

  /** All of them, in the order sent, with their Hop-by-Hop Identifiers. */
  entries(): [number, T][] {
    return [...this.byHopByHop];
  }

  /** Takes all of them, in the order sent: the connection is gone. */
  drain(): T[] {
    const requests = [...this.byHopByHop.values()];
    this.byHopByHop.clear();
    return requests;
  }
}
