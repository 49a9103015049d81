import type { Avp } from "./codec/avp.js";
import type { ErrorAnswer } from "./codec/error-answer.js";
import type { Issue } from "./codec/issue.js";
import type { RawMessage } from "./codec/raw-message.js";

/**
 * What every error of this package is. `code` is stable and meant for programs, `message` for people; `cause` is what was caught.
 *
 * | code | class | thrown when |
 * |---|---|---|
 * | `ERR_DIAMETER_CONFIGURATION` | ConfigurationError | options contradict one another or are out of range |
 * | `ERR_DIAMETER_TRANSPORT` | TransportError | a connection could not be made, broke, or was torn down |
 * | `ERR_DIAMETER_TIMEOUT` | TimeoutError | nothing came in time |
 * | `ERR_DIAMETER_UNABLE_TO_DELIVER` | UnableToDeliverError | a request found no peer, or lost the one that it was sent to |
 * | `ERR_DIAMETER_ERROR_ANSWER` | ErrorAnswerError | the answer has the E bit, or is an error without the command's grammar |
 * | `ERR_DIAMETER_INVALID_ANSWER` | InvalidAnswerError | the answer breaks its grammar |
 * | `ERR_DIAMETER_ENCODE` | EncodeError | a value does not fit the AVP that it is to be written into |
 * | `ERR_DIAMETER_AVP` | AvpError | an AVP is asked for and cannot be read |
 * | `ERR_DIAMETER_ABORTED` | AbortedError | the caller's AbortSignal fired |
 * | `ERR_DIAMETER_NODE_STOPPED` | NodeStoppedError | the node was stopped, or not started yet |
 */
export class DiameterError extends Error {
  declare readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = nameOf(code);
  }
}

/** "TimeoutError" of "ERR_DIAMETER_TIMEOUT": the name of the class itself is another one where a minifier was at work. */
function nameOf(code: string): string {
  const words = code.slice("ERR_DIAMETER".length).toLowerCase();
  return `${words.replace(/_(.)/g, (_, first: string) => first.toUpperCase())}Error`;
}

/** Options contradict one another or are out of range. The message names the option. */
export class ConfigurationError extends DiameterError {
  constructor(message: string, cause?: unknown) {
    super("ERR_DIAMETER_CONFIGURATION", message, cause);
  }
}

/** A connection could not be made, broke, or was torn down. `cause` has the system's error; an AggregateError where several addresses were tried. */
export class TransportError extends DiameterError {
  constructor(message: string, cause?: unknown) {
    super("ERR_DIAMETER_TRANSPORT", message, cause);
  }
}

/** Nothing came in time. */
export class TimeoutError extends DiameterError {
  /** How long was waited. */
  declare readonly timeoutMs: number;

  constructor(message: string, timeoutMs: number, cause?: unknown) {
    super("ERR_DIAMETER_TIMEOUT", message, cause);
    this.timeoutMs = timeoutMs;
  }
}

/** No peer could be given the request, or the one that had it is gone and no other may have it. */
export class UnableToDeliverError extends DiameterError {
  /** True where the request has left us: somebody may have acted on it. */
  declare readonly sent: boolean;
  /** Origin-Host of the peer that it was sent to last. */
  declare readonly peer: string | undefined;

  constructor(message: string, sent: boolean, peer?: string | undefined, cause?: unknown) {
    super("ERR_DIAMETER_UNABLE_TO_DELIVER", message, cause);
    this.sent = sent;
    this.peer = peer;
  }
}

/** The answer has the E bit (RFC 6733 section 7.2), or is a permanent or transient failure that does not keep to its command's grammar. */
export class ErrorAnswerError extends DiameterError {
  declare readonly answer: ErrorAnswer;

  constructor(answer: ErrorAnswer, cause?: unknown) {
    const result = answer.resultCode || answer.experimentalResult?.experimentalResultCode;
    const words = answer.errorMessage === undefined ? "" : `: ${answer.errorMessage}`;
    super(
      "ERR_DIAMETER_ERROR_ANSWER",
      `${answer.originHost || "a peer"} answered ${result || "with an error"}${words}`,
      cause,
    );
    this.answer = answer;
  }
}

/** The answer breaks its grammar. */
export class InvalidAnswerError extends DiameterError {
  /** What is wrong, in the order of the message; at least one. */
  declare readonly issues: readonly Issue[];
  /** The answer as it came; owns its octets. */
  declare readonly raw: RawMessage;
  /** What could be read: an instance of the command's answer class, in which required properties may be missing. */
  declare readonly partial: unknown;

  constructor(issues: readonly Issue[], raw: RawMessage, partial: unknown, cause?: unknown) {
    const first = issues[0];
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    const what = first === undefined ? "" : `: ${first.message}${first.path === "" ? "" : ` at ${first.path}`}${more}`;
    super("ERR_DIAMETER_INVALID_ANSWER", `the answer to command ${raw.commandCode} is invalid${what}`, cause);
    this.issues = issues;
    this.raw = raw;
    this.partial = partial;
  }
}

/** A value does not fit the AVP that it is to be written into: a mistake of the program, found before anything is sent. */
export class EncodeError extends DiameterError {
  /** Where the value stands: "sipAuthDataItem[0].sipAuthenticationScheme"; "" where only a single value was to be encoded. */
  declare readonly path: string;
  /** What is wrong with the value: "4294967296 is not an Unsigned32 (0 to 4294967295)". */
  declare readonly problem: string;

  constructor(path: string, problem: string, cause?: unknown) {
    super("ERR_DIAMETER_ENCODE", path === "" ? problem : `${path}: ${problem}`, cause);
    this.path = path;
    this.problem = problem;
  }
}

/** An AVP is asked for and cannot be read: 5004 for its value, 5014 for its length (RFC 6733 section 7.1.5). */
export class AvpError extends DiameterError {
  declare readonly resultCode: number;
  /** What belongs into Failed-AVP; undefined where the reader was given octets only. */
  declare readonly failedAvp: Avp | undefined;

  constructor(resultCode: number, message: string, failedAvp?: Avp | undefined, cause?: unknown) {
    super("ERR_DIAMETER_AVP", message, cause);
    this.resultCode = resultCode;
    this.failedAvp = failedAvp;
  }
}

/** The caller's AbortSignal fired; `cause` is its reason. */
export class AbortedError extends DiameterError {
  constructor(message: string, cause?: unknown) {
    super("ERR_DIAMETER_ABORTED", message, cause);
  }
}

/** The node was stopped, or not started yet. */
export class NodeStoppedError extends DiameterError {
  constructor(message: string, cause?: unknown) {
    super("ERR_DIAMETER_NODE_STOPPED", message, cause);
  }
}
