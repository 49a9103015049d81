/** What an operator is told in place of a response. */

/** Stable: programs may go by it. */
export type AdminErrorCode =
  /** No such operation: of another version, or mistyped. */
  | "ADMIN_UNKNOWN_OPERATION"
  /** The request is not what the operation takes. */
  | "ADMIN_INVALID"
  | "ADMIN_NO_SUCH_PEER"
  /** It cannot be now, or not to this one; the message says why. */
  | "ADMIN_IMPOSSIBLE"
  /** More than is allowed at a time, or in one request. */
  | "ADMIN_LIMIT"
  /** The database could not be used. */
  | "ADMIN_DATABASE"
  /** A defect: the log of the server has more. */
  | "ADMIN_FAILED";

export interface AdminErrorJson {
  readonly code: AdminErrorCode;
  readonly message: string;
}

export class AdminError extends Error {
  readonly code: AdminErrorCode;

  constructor(code: AdminErrorCode, message: string) {
    super(message);
    this.name = "AdminError";
    this.code = code;
  }

  toJSON(): AdminErrorJson {
    return { code: this.code, message: this.message };
  }
}
