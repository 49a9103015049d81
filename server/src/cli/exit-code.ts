/** Exit codes of `diamgen-server`. */
export const ExitCode = {
  OK: 0,
  /** The configuration is wrong; or what was asked for cannot be, such as a subscriber who is not there. */
  INVALID: 1,
  USAGE: 2,
  /** A file, an address, a database or a running server cannot be used. */
  IO: 3,
  /** EX_SOFTWARE of sysexits.h. */
  BUG: 70,
} as const;
