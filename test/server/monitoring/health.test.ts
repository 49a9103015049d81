/** `/healthz` and `/readyz` of the built server while its database comes and goes, and while it ends. */
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { HttpListener } from "../../../server/src/monitoring/http-listener.js";
import { readiness } from "../../../server/src/monitoring/readiness.js";
import { type Mariadb, mariadbRequirements, startMariadb } from "../../support/mariadb.js";
import { parsePrometheus, seriesValue } from "../../support/prometheus.js";
import { describeWith } from "../../support/require.js";
import { connectAs, DPR, Recorder } from "../diameter/support.js";
import { configFile, startProgram, temporaryFolder } from "../program.js";

const page = async (port: number, path: string, method = "GET") => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, body: await response.text(), headers: response.headers };
};

describeWith(mariadbRequirements, "with MariaDB", () => {
  let database: Mariadb;
  beforeAll(async () => {
    database = await startMariadb();
  }, 60_000);
  afterAll(() => database?.[Symbol.asyncDispose]());

  test("ready, not ready while the database is down, ready again, not ready while it ends", {
    timeout: 60_000,
  }, async () => {
    const settings = {
      database: { ...(await database.createDatabase("health")), prepare: true },
      metrics: { port: 0 },
      shutdown: { timeoutMs: 8000 },
    };
    await using running = await startProgram(configFile(temporaryFolder(), settings));
    const [, at] = await running.program.waitFor(/^metrics on 127\.0\.0\.1 port (\d+)$/m);
    const port = Number(at);
    const ready = () => page(port, "/readyz").then(({ status, body }) => [status, body.replace(/\n/g, " ")] as const);
    expect(await ready()).toEqual([200, "ready listening: ok draining: no database: ok spool: there is none "]);
    const up = async () => {
      const { body } = await page(port, "/metrics");
      const families = parsePrometheus(body);
      return ["up", "connections_max"].map((name) => seriesValue(families, `diamgen_database_${name}`));
    };
    expect(await up()).toEqual([1, 8]);

    await database.daemon.kill();
    await expect.poll(async () => (await ready())[0], { timeout: 10_000, interval: 200 }).toBe(503);
    expect((await ready())[1]).toMatch(/^not ready .*database: (?!ok)\S/);
    expect(await up()).toEqual([0, 8]);
    expect((await page(port, "/healthz")).status).toBe(200);

    await database.daemon.start();
    await expect.poll(async () => (await ready())[0], { timeout: 15_000, interval: 200 }).toBe(200);
    expect(await up()).toEqual([1, 8]);

    // A peer that does not answer the DPR keeps it ending for a while.
    await using peer = await connectAs(running.port, new Recorder());
    running.program.kill("SIGTERM");
    await peer.nextOf(DPR, "request");
    const [status, body] = await ready();
    expect(status).toBe(503);
    expect(body).toContain("draining: the server is ending");
    expect((await page(port, "/healthz")).status).toBe(200);
    await peer.close();
    expect(await running.program.waitExit()).toEqual({ code: 0, signal: null });
  });
});

describe("readiness", () => {
  const sink = { sink: "sql", state: "direct", spoolProblem: undefined } as const;
  const none = { ...sink, spoolProblem: "there is none" };
  const full = { ...sink, spoolProblem: "full: 9 of 9 octets are used" };
  const spooling = { ...sink, state: "spooling" } as const;
  const fine = { listening: true, draining: false, database: undefined, deliveries: [sink] };
  test.each([
    [fine, true, "ok"],
    [{ ...fine, listening: false }, false, "ok"],
    [{ ...fine, draining: true }, false, "ok"],
    [{ ...fine, database: "down" }, true, "ok"],
    [{ ...fine, database: "down", deliveries: [spooling] }, true, "ok"],
    [{ ...fine, deliveries: [none] }, true, "there is none"],
    [{ ...fine, database: "down", deliveries: [none] }, false, "there is none"],
    [{ ...fine, deliveries: [] }, true, "there is none"],
    [{ ...fine, database: "down", deliveries: [] }, false, "there is none"],
    [{ ...fine, deliveries: [full] }, true, "full: 9 of 9 octets are used"],
    [{ ...fine, database: "down", deliveries: [full] }, false, "full: 9 of 9 octets are used"],
    // The database is back, and older records are still in the way.
    [{ ...fine, deliveries: [{ ...full, state: "spooling" as const }] }, false, "full: 9 of 9 octets are used"],
    [{ ...fine, deliveries: [sink, { ...full, sink: "json" }] }, true, "json: full: 9 of 9 octets are used"],
  ] as const)("%j: %s", (condition, ready, spool) =>
    expect(readiness(condition)).toMatchObject({ ready, checks: { spool } }),
  );
});

describe("the listener", () => {
  async function open(errors: unknown[] = []) {
    const listener = await HttpListener.open(
      { host: "127.0.0.1", port: 0 },
      {
        "/ok": async () => ({ status: 200, contentType: "text/plain", body: "für alle\n" }),
        "/fails": () => Promise.reject(new Error("secret reason")),
      },
      (path, error) => errors.push([path, String(error)]),
    );
    onTestFinished(() => listener.close());
    return listener.address.port;
  }

  test("GET and HEAD of what there is; queries are ignored; nothing else", async () => {
    const port = await open();
    expect(await page(port, "/ok?x=1")).toMatchObject({ status: 200, body: "für alle\n" });
    const head = await page(port, "/ok", "HEAD");
    expect([head.status, head.body, head.headers.get("content-length")]).toEqual([200, "", "10"]);
    expect((await page(port, "/ok", "POST")).status).toBe(405);
    for (const path of ["/", "/other", "/__proto__", "/constructor"]) expect((await page(port, path)).status).toBe(404);
  });

  test("a page that fails: 500, why is told to the log alone", async () => {
    const errors: unknown[] = [];
    const port = await open(errors);
    const { status, body } = await page(port, "/fails");
    expect(status).toBe(500);
    expect(body).not.toContain("secret");
    expect(errors).toEqual([["/fails", "Error: secret reason"]]);
  });

  test("closes while a connection is open and silent", async () => {
    const listener = await HttpListener.open({ host: "127.0.0.1", port: 0 }, {}, () => {});
    const socket = connect(listener.address.port, "127.0.0.1");
    socket.on("error", () => {});
    const gone = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("connect", resolve));
    // Known to the server once it has answered somebody who came later.
    await new Promise((resolve) =>
      request({ port: listener.address.port, path: "/" }, (response) => response.resume().once("end", resolve)).end(),
    );
    await listener.close();
    await gone;
  });
});
