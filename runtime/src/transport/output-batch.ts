/** Room for output, taken in these sizes; doubled when one batch does not fit. */
const LEAST_ROOM = 4096;
const MOST_ROOM = 65_536;
const NO_ROOM = /*@__PURE__*/ Buffer.alloc(0);

/**
 * Collects what is written in one go, so that it leaves in one piece: one system call for all answers to one chunk of input is most of what
 * makes a server fast. Octets are copied in: the writer may reuse its own at once.
 */
export class OutputBatch {
  /** Octets waiting. */
  length = 0;
  #full: Buffer[] = [];
  #room: Buffer = NO_ROOM;
  #roomSize = LEAST_ROOM;
  #from = 0;
  #to = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length > this.#room.length - this.#to) this.#takeRoom(bytes.length);
    this.#room.set(bytes, this.#to);
    this.#to += bytes.length;
    this.length += bytes.length;
  }

  /** What waits, in order; it is nobody else's. What is left of the room serves the next batch. */
  take(): Buffer[] {
    const pieces = this.#full;
    if (this.#to > this.#from) pieces.push(this.#room.subarray(this.#from, this.#to));
    this.#full = [];
    this.#from = this.#to;
    this.length = 0;
    return pieces;
  }

  /** Drops what waits and the room. */
  clear(): void {
    this.take();
    this.#room = NO_ROOM;
    this.#from = 0;
    this.#to = 0;
  }

  #takeRoom(needed: number): void {
    if (this.#to > this.#from) this.#full.push(this.#room.subarray(this.#from, this.#to));
    if (this.length > 0) this.#roomSize = Math.min(this.#roomSize * 2, MOST_ROOM);
    this.#room = Buffer.allocUnsafeSlow(Math.max(this.#roomSize, needed));
    this.#from = 0;
    this.#to = 0;
  }
}
