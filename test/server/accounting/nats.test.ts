/** NATS JetStream as a sink: confirmed means kept, once; and by way of the spool while it is down. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AccountingPipeline, NatsSink } from "../../../server/src/accounting/delivered.js";
import { fromRecordJson } from "../../../server/src/accounting/index.js";
import { natsRequirements, startNats } from "../../support/nats.js";
import { describeWith } from "../../support/require.js";
import { openStores, record } from "../support.js";

describeWith(natsRequirements, "NATS JetStream", () => {
  test("a record is published once, as its JSON", async () => {
    await using nats = await startNats();
    await nats.createStream("ACC", "acc.records");
    const sink = new NatsSink({ type: "nats", servers: [nats.url], subject: "acc.records", stream: "ACC" });
    onTestFinished(() => sink.close());
    expect(await sink.write(record())).toBe("stored");
    expect(await sink.write(record({ retransmitted: true }))).toBe("duplicate");
    expect(await sink.write(record({ recordNumber: 1 }))).toBe("stored");
    const payloads = await nats.read("ACC");
    expect(payloads.map((text) => fromRecordJson(JSON.parse(text)))).toEqual([record(), record({ recordNumber: 1 })]);
    const elsewhere = new NatsSink({ type: "nats", servers: [nats.url], subject: "nobody", timeoutMs: 500 });
    onTestFinished(() => elsewhere.close());
    await expect(elsewhere.write(record())).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  test("killed, and started again: what came meanwhile was spooled, and follows", async () => {
    await using nats = await startNats();
    await nats.createStream("ACC", "acc.records");
    const folder = mkdtempSync(join(tmpdir(), "diamgen-nats-spool-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const pipeline = await AccountingPipeline.open(
      {
        sinks: [{ type: "nats", servers: [nats.url], subject: "acc.records", timeoutMs: 500 }],
        spool: { directory: folder },
        waitMs: 500,
        replayMs: { first: 10, last: 100 },
      },
      { store: openStores().accounting },
    );
    onTestFinished(() => pipeline.close());
    const sent = Array.from({ length: 20 }, (_, index) => record({ sessionId: `s${index}` }));
    expect(await pipeline.record(record({ sessionId: "first" }))).toBe("stored");
    await nats.daemon.kill();
    for (const one of sent) expect(await pipeline.record(one)).toBe("spooled");
    await nats.daemon.start();
    await expect.poll(() => pipeline.health[0]?.state, { timeout: 20_000 }).toBe("direct");
    const ids = (await nats.read("ACC")).map((text) => fromRecordJson(JSON.parse(text)).sessionId);
    expect(ids).toEqual(["first", ...sent.map(({ sessionId }) => sessionId)]);
  });
});
