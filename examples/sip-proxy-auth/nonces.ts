/** Nonces of RFC 7616: each is ours, young, and used with a nonce count that grows. */
import { randomBytes } from "node:crypto";

const LIFETIME_MS = 60_000;

export class Nonces {
  private readonly issued = new Map<string, { readonly until: number; count: number }>();

  issue(): string {
    const now = Date.now();
    for (const [nonce, { until }] of this.issued) if (until < now) this.issued.delete(nonce);
    const nonce = randomBytes(16).toString("hex");
    this.issued.set(nonce, { until: now + LIFETIME_MS, count: 0 });
    return nonce;
  }

  /** @param nc the nonce count, eight hexadecimal digits */
  accept(nonce: string, nc: string): boolean {
    const entry = this.issued.get(nonce);
    const count = Number.parseInt(nc, 16);
    if (entry === undefined || entry.until < Date.now() || !(count > entry.count)) return false;
    entry.count = count;
    return true;
  }
}
