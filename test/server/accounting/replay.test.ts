/** By way of the spool, whatever the sink does: each record is in the sink once, or put aside, and none stands in the way of others. */

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Delivery, type Sink } from "../../../server/src/accounting/delivered.js";
import type { AccountingRecord } from "../../../server/src/accounting/index.js";
import { StoreError } from "../../../server/src/store/index.js";
import { pseudoRandom } from "../../support/random.js";
import { record } from "../support.js";

/** Outlives the processes that write to it. */
class Moody implements Sink {
  readonly name = "moody";
  readonly stored: string[] = [];
  /** Of all writes, how many of a thousand find it out of reach; half of them when they are done. */
  trouble = 0;
  private readonly below: (most: number) => number;

  constructor(below: (most: number) => number) {
    this.below = below;
  }

  async write({ sessionId }: AccountingRecord): Promise<"stored" | "duplicate"> {
    await new Promise((resolve) => setImmediate(resolve));
    const troubled = this.below(1000) < this.trouble;
    if (troubled && this.below(2) === 0) throw new StoreError("STORE_UNAVAILABLE", "away");
    if (sessionId.startsWith("invalid")) throw new StoreError("STORE_INVALID", "never");
    if (sessionId.startsWith("refused")) throw new StoreError("STORE_FAILED", "by a rule of somebody's");
    const known = this.stored.includes(sessionId);
    if (!known) this.stored.push(sessionId);
    if (troubled) throw new StoreError("STORE_BUSY", "stored, but nobody hears of it");
    return known ? "duplicate" : "stored";
  }

  async close(): Promise<void> {}
}

test.each([1, 2, 3, 4])("seed %i", async (seed) => {
  const random = pseudoRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const folder = mkdtempSync(join(tmpdir(), "diamgen-replay-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const sink = new Moody(below);
  const open = () =>
    Delivery.open({ sink, spool: { folder, segmentBytes: 4000 }, waitMs: 5000, replayMs: { first: 1, last: 5 } });
  const good: string[] = [];
  const bad: string[] = [];
  let delivery = await open();
  for (let round = 0; round < 8; round++) {
    sink.trouble = [0, 30, 1000, 300][below(4)] as number;
    const sessions = Array.from({ length: below(60) }, (_, index) => {
      const kind = ["invalid", "refused", "good", "good", "good", "good", "good", "good"][below(8)] as string;
      const sessionId = `${kind} ${round}.${index}`;
      (kind === "good" ? good : bad).push(sessionId);
      return sessionId;
    });
    // A refusal is for a record that is never taken, and it is put aside all the same.
    const outcomes = await Promise.allSettled(sessions.map((sessionId) => delivery.deliver(record({ sessionId }))));
    for (const [index, { status }] of outcomes.entries())
      if (status === "rejected") expect(sessions[index]).toMatch(/^invalid/);
    if (below(3) > 0) continue;
    await delivery.close();
    // A process that is gone, in another slot.
    if (below(2) === 0) renameSync(join(folder, "0"), join(folder, `${10 + round}`));
    delivery = await open();
  }
  sink.trouble = 0;
  // What the sink takes beside them shows whose fault it is.
  for (let index = 0; delivery.health.state !== "direct" && index < 1000; index++) {
    good.push(`good last.${index}`);
    await delivery.deliver(record({ sessionId: `good last.${index}` }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => delivery.health.state, { timeout: 10_000 }).toBe("direct");
  await delivery.close();
  expect([...sink.stored].sort()).toEqual([...good].sort());
  const file = join(folder, "rejected.jsonl");
  const aside = existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { sessionId: string }).sessionId)
    : [];
  expect([...new Set(aside)].sort()).toEqual([...bad].sort());
});
