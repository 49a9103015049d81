import { TimeoutError } from "../errors.js";

/** The other side has not closed in time what we have closed, or what it has asked us to close: torn down. `code` is that of TimeoutError. */
export class CloseTimeoutError extends TimeoutError {
  constructor(timeoutMs: number) {
    super(`the other side did not close within ${timeoutMs} ms`, timeoutMs);
  }
}
