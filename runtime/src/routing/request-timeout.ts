import { TimeoutError } from "../errors.js";

/** No answer came in time. `code` is that of TimeoutError. */
export class RequestTimeoutError extends TimeoutError {
  /** True where the request has left us: somebody may have acted on it. */
  readonly sent: boolean;
  /** Origin-Host of the peer that it was sent to last. */
  readonly peer: string | undefined;

  constructor(timeoutMs: number, sent: boolean, peer: string | undefined) {
    super(
      sent
        ? `no answer from ${peer} within ${timeoutMs} ms`
        : `no peer could be reached within ${timeoutMs} ms; nothing was sent`,
      timeoutMs,
    );
    this.sent = sent;
    this.peer = peer;
  }
}
