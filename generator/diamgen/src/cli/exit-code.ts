export const ExitCode = {
  OK: 0,
  /** Generated files are not what they should be, or a dictionary is wrong. */
  FAILED: 1,
  USAGE: 2,
  IO: 3,
  /** EX_SOFTWARE of sysexits.h. */
  BUG: 70,
} as const;
