/** Whether a peer is open (RFC 6733 section 5.6), by whichever side connected. */
export function isOpen(state: string | undefined): boolean {
  return state === "I-Open" || state === "R-Open";
}
