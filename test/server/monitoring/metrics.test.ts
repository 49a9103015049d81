/** What `/metrics` says of real traffic, and that it stays bounded; docs/operations.md is held to it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { AccountingPipeline, type CheckedDelivery } from "../../../server/src/accounting/delivered.js";
import { COMMAND_METRICS } from "../../../server/src/monitoring/command-metrics.js";
import { applicationLabel, commandLabel, PeerLabels, resultLabel } from "../../../server/src/monitoring/labels.js";
import { PEER_METRICS } from "../../../server/src/monitoring/peer-metrics.js";
import { ServerMetrics } from "../../../server/src/monitoring/server-metrics.js";
import { STORE_METRICS } from "../../../server/src/monitoring/store-metrics.js";
import { StoreError } from "../../../server/src/store/index.js";
import { dissect, resultCode } from "../../support/dissect.js";
import { golden } from "../../support/golden.js";
import { type Family, parsePrometheus, seriesValue } from "../../support/prometheus.js";
import { repositoryPath } from "../../support/require.js";
import { changed } from "../diameter/compose.js";
import { connectAs, Recorder, startServer } from "../diameter/support.js";
import { startSipServer, Type } from "../registration/support.js";
import { openStores, record } from "../support.js";

const scrape = async (
  metrics: ServerMetrics,
  { server, stores }: Awaited<ReturnType<typeof startServer>>,
  deliveries: readonly CheckedDelivery[] = [],
) => {
  const { pool } = stores;
  const at = Date.parse("2026-11-21T10:01:00.250Z");
  return parsePrometheus(
    await metrics.text({ node: server.node, stores: async () => ({ databaseUp: true, pool, deliveries, at }) }),
  );
};

describe("OpenSIPS registers, makes a call, and asks for a user that there is not", () => {
  let families: ReadonlyMap<string, Family>;
  const peer = "client.diameter.test";

  beforeAll(async () => {
    const metrics = new ServerMetrics({ maxPeers: 10 });
    await using running = await startServer({ watch: metrics });
    await using client = await connectAs(running.port, new Recorder());
    const exchange = async (bytes: string | Uint8Array) => resultCode(dissect(await client.exchange(bytes)));
    expect(await exchange(golden("opensips-3.2-auth", 9).hex)).toBe(2006);
    const wrong = changed(golden("opensips-3.2-auth", 9).hex, {
      avps: (avps) => avps.map((avp) => (avp.code === 103 ? { ...avp, data: Buffer.alloc(32, "0") } : avp)),
    });
    expect(await exchange(wrong)).toBe(4001);
    expect(await exchange(golden("opensips-3.2-acct", 11).hex)).toBe(2001);
    expect(await exchange(golden("opensips-3.2-acct", 11).hex)).toBe(2001);
    families = await scrape(metrics, running);
  });

  test("peers, requests, answers by result, and latencies", () => {
    const mar = { peer, application: "6", command: "Multimedia-Auth" };
    expect(seriesValue(families, "diamgen_peer_connected", { peer })).toBe(1);
    expect(seriesValue(families, "diamgen_peer_okay", { peer })).toBe(1);
    expect(seriesValue(families, "diamgen_peer_opened_total", { peer })).toBe(1);
    expect(seriesValue(families, "diamgen_requests_total", { ...mar, direction: "received" })).toBe(2);
    expect(seriesValue(families, "diamgen_answers_total", { ...mar, direction: "sent", result: "2006" })).toBe(1);
    expect(seriesValue(families, "diamgen_answers_total", { ...mar, direction: "sent", result: "4001" })).toBe(1);
    expect(seriesValue(families, "diamgen_served_seconds_count", mar)).toBe(2);
    expect(seriesValue(families, "diamgen_served_seconds_bucket", { ...mar, le: "+Inf" })).toBe(2);
    expect(seriesValue(families, "diamgen_served_seconds_sum", mar)).toBeGreaterThan(0);
    expect(seriesValue(families, "diamgen_events_total", { event: "peer:open" })).toBe(1);
    expect(seriesValue(families, "diamgen_peer_bytes_total", { peer, direction: "received" })).toBeGreaterThan(1000);
  });

  test("decisions and records", () => {
    expect(seriesValue(families, "diamgen_authentications_total", { result: "accepted" })).toBe(1);
    expect(seriesValue(families, "diamgen_authentications_total", { result: "wrongResponse" })).toBe(1);
    expect(seriesValue(families, "diamgen_accounting_records_total", { outcome: "stored" })).toBe(1);
    expect(seriesValue(families, "diamgen_accounting_records_total", { outcome: "duplicate" })).toBe(1);
    expect(seriesValue(families, "diamgen_database_up")).toBe(1);
  });

  test("the process", () => {
    expect(seriesValue(families, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(families.has("nodejs_eventloop_lag_seconds")).toBe(true);
  });
});

test("a peer cannot make labels without end", async () => {
  const metrics = new ServerMetrics({ maxPeers: 3 });
  await using running = await startServer({ watch: metrics });
  await using client = await connectAs(running.port, new Recorder());
  for (let code = 0; code < 40; code++) {
    // Commands that we do not have, of applications that we do not have.
    const unknown = Buffer.from(golden("opensips-3.2-acct", 11).hex, "hex");
    unknown.writeUIntBE(9000 + code, 5, 3);
    unknown.writeUInt32BE(700 + code, 8);
    await client.exchange(unknown);
  }
  for (const one of ["a", "b", "c"]) {
    const cer = changed(golden("opensips-3.2-auth", 1).hex, {
      avps: (avps) =>
        avps.map((avp) => (avp.code === 264 ? { ...avp, data: Buffer.from(`${one}.diameter.test`) } : avp)),
    });
    await using other = await connectAs(running.port, new Recorder(), cer);
    await other.close();
  }
  const families = await scrape(metrics, running);
  const labels = (name: string, label: string) =>
    new Set(families.get(name)?.series.map(({ labels: all }) => all[label]));
  expect(labels("diamgen_requests_total", "command")).toEqual(new Set(["Capabilities-Exchange", "other"]));
  expect(labels("diamgen_requests_total", "application")).toEqual(new Set(["0", "other"]));
  expect(labels("diamgen_peer_opened_total", "peer").size).toBeLessThanOrEqual(4);
  // Told apart or not, each is counted.
  const opened = families.get("diamgen_peer_opened_total")?.series.reduce((sum, { value }) => sum + value, 0);
  expect(opened).toBe(4);
});

test("sessions of registrations: those that were opened, and why they have ended", async () => {
  const metrics = new ServerMetrics({ maxPeers: 1 });
  await using running = await startServer({ watch: metrics, registration: { sessions: { maintain: "requested" } } });
  await using s1 = await startSipServer(running.port);
  const { sessionId } = await s1.enter(Type.REGISTRATION);
  await s1.enter(Type.RE_REGISTRATION);
  await s1.enter(Type.RE_REGISTRATION, { sessionId });
  await s1.leave(sessionId);
  const families = await scrape(metrics, running);
  expect(seriesValue(families, "diamgen_registration_sessions_opened_total")).toBe(3);
  expect(seriesValue(families, "diamgen_registration_sessions_ended_total", { cause: "replaced" })).toBe(2);
  expect(seriesValue(families, "diamgen_registration_sessions_ended_total", { cause: "terminated" })).toBe(1);
});

test("labels", () => {
  expect(commandLabel(286)).toBe("Multimedia-Auth");
  expect(commandLabel("other")).toBe("other");
  expect(applicationLabel(3)).toBe("3");
  expect(applicationLabel(16777216)).toBe("other");
  expect(resultLabel(0, 2001)).toBe("2001");
  expect(resultLabel(10415, 5001)).toBe("10415:5001");
  expect(resultLabel(0, 0)).toBe("none");
  const peers = new PeerLabels(2);
  expect(["a", "b", "c", "a", "b"].map((peer) => peers.of(peer))).toEqual(["a", "b", "other", "a", "b"]);
});

test("a spool fills while the sink is down, and metrics say so", async () => {
  const stores = openStores();
  const directory = mkdtempSync(join(tmpdir(), "diamgen-metrics-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const down = {
    ...stores.accounting,
    record: async () => Promise.reject(new StoreError("STORE_UNAVAILABLE", "down")),
  };
  await using pipeline = await AccountingPipeline.open(
    { spool: { directory } },
    { store: { ...down, list: (page) => stores.accounting.list(page) } },
  );
  const metrics = new ServerMetrics({ maxPeers: 1 });
  await using running = await startServer({ watch: metrics, accounting: pipeline });
  await using client = await connectAs(running.port, new Recorder());
  await pipeline.record(record());
  expect(resultCode(dissect(await client.exchange(golden("opensips-3.2-acct", 11).hex)))).toBe(2001);
  const families = await scrape(metrics, running, await pipeline.check());
  expect(seriesValue(families, "diamgen_accounting_records_total", { outcome: "spooled" })).toBe(1);
  expect(seriesValue(families, "diamgen_sink_spooling", { sink: "sql" })).toBe(1);
  expect(seriesValue(families, "diamgen_spool_records", { sink: "sql" })).toBe(2);
  expect(seriesValue(families, "diamgen_spool_bytes", { sink: "sql" })).toBeGreaterThan(500);
  expect(seriesValue(families, "diamgen_spool_writable", { sink: "sql" })).toBe(1);
  expect(seriesValue(families, "diamgen_spool_oldest_seconds", { sink: "sql" })).toBe(60);
});

describe("docs/operations.md", () => {
  const rows = new Map<string, readonly string[]>();
  beforeAll(() => {
    const document = readFileSync(repositoryPath("docs/operations.md"), "utf8");
    for (const [, name = "", type = "", labels = ""] of document.matchAll(
      /^\| `(diamgen_\w+)` \| (\w+) \| ([^|]*)\|/gm,
    ))
      rows.set(name, [type, labels.replaceAll("`", "").trim()]);
  });
  afterAll(() => rows.clear());

  test("has every metric, with its type and labels, and no other", () => {
    const own = [...PEER_METRICS, ...COMMAND_METRICS, ...STORE_METRICS].map(
      ({ name, type, labels }) => [name, [type, labels.join(", ")]] as const,
    );
    const counted = [
      ["diamgen_authentications_total", ["counter", "result"]],
      ["diamgen_accounting_records_total", ["counter", "outcome"]],
      ["diamgen_registration_sessions_opened_total", ["counter", ""]],
      ["diamgen_registration_sessions_ended_total", ["counter", "cause"]],
    ] as const;
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries([...own, ...counted]));
  });

  test("and the server says no other", async () => {
    const metrics = new ServerMetrics({ maxPeers: 1 });
    await using running = await startServer({ watch: metrics });
    const families = await scrape(metrics, running);
    expect(new Set([...families.keys()].filter((name) => name.startsWith("diamgen_")))).toEqual(new Set(rows.keys()));
  });
});
