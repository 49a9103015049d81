/** NATS JetStream as a sink: confirmed means kept, once; and by way of the spool while it is down. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AccountingPipeline, type DeliveryEvent, NatsSink } from "../../../server/src/accounting/delivered.js";
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

  test("a record that is too large for the server, or for the stream, is refused as such, and holds up no other", async () => {
    await using nats = await startNats();
    await nats.createStream("ACC", "acc.records");
    await nats.createStream("SMALL", "acc.small", 10_000);
    const large = (sessionId: string, length: number) => record({ sessionId, callId: "x".repeat(length) });
    const small = new NatsSink({ type: "nats", servers: [nats.url], subject: "acc.small" });
    onTestFinished(() => small.close());
    await expect(small.write(large("a", 20_000))).rejects.toMatchObject({ code: "STORE_INVALID" });
    const folder = mkdtempSync(join(tmpdir(), "diamgen-nats-spool-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const events: DeliveryEvent[] = [];
    const pipeline = await AccountingPipeline.open(
      {
        sinks: [{ type: "nats", servers: [nats.url], subject: "acc.records", timeoutMs: 500 }],
        spool: { directory: folder },
        replayMs: { first: 10, last: 100 },
      },
      { store: openStores().accounting, onEvent: (event) => events.push(event) },
    );
    onTestFinished(() => pipeline.close());
    await expect(pipeline.record(large("direct", 2_000_000))).rejects.toMatchObject({ code: "STORE_INVALID" });
    await nats.daemon.kill();
    for (const one of [record({ sessionId: "before" }), large("spooled", 2_000_000), record({ sessionId: "behind" })])
      expect(await pipeline.record(one)).toBe("spooled");
    await nats.daemon.start();
    await expect.poll(() => pipeline.health[0]?.state, { timeout: 20_000 }).toBe("direct");
    const ids = (texts: readonly string[]) => texts.map((text) => fromRecordJson(JSON.parse(text)).sessionId);
    expect(ids(await nats.read("ACC"))).toEqual(["before", "behind"]);
    const [first] = events.flatMap((event) => (event.type === "rejected" ? [event.file] : []));
    // Nobody sends them again: they are kept for people.
    expect(
      ids(
        readFileSync(first ?? "", "utf8")
          .trim()
          .split("\n"),
      ),
    ).toEqual(["direct", "spooled"]);
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
