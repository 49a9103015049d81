/** The server by its configuration, in this process: what a reload changes while a connection stays, and what it leaves alone. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../../server/src/config/diagnostics.js";
import { parseConfig } from "../../server/src/config/load.js";
import { createLogger } from "../../server/src/log.js";
import { Service } from "../../server/src/service/service.js";
import { openSqlite } from "../../server/src/store/index.js";
import { dissect, resultCode } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { avp, changed, group } from "./diameter/compose.js";
import { connectAs, Recorder } from "./diameter/support.js";

function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = (extra = "", accept = '"*.diameter.test"') =>
    parseConfig(
      join(folder, "server.yaml"),
      `identity: server.diameter.test\nlisten: [{ host: 127.0.0.1, port: 0 }]\naccept: [${accept}]\ndatabase: { type: sqlite, path: d.db }\nshutdown: { timeoutMs: 500 }\nlogging: { level: silent }\n${extra}`,
    );
  return { folder, config, database: join(folder, "d.db") };
}

const log = createLogger({ level: "silent" });

/** OpenSIPS's accounting with two AVPs that no dictionary of ours has. */
function request(hopByHop: number): Buffer {
  return changed(golden("opensips-3.2-acct", 11).hex, {
    hopByHop,
    endToEnd: hopByHop,
    avps: (avps) => [...avps, avp(9001, 7), group(9002, [avp(9001, 8), avp(1, "member")])],
  });
}

test("dictionaries, and who may connect, change under a connection; a wrong dictionary changes nothing", async () => {
  const { folder, config, database } = prepared();
  await using service = await Service.start(config(), log);
  const port = service.addresses[0]!.port;
  await using client = await connectAs(port, new Recorder());
  expect(resultCode(dissect(await client.exchange(request(1))))).toBe(5001);

  const file = join(folder, "dictionary.opensips");
  writeFileSync(file, "ATTRIBUTE cost 9001 integer\nATTRIBUTE costs 9002 grouped\n{\n cost | REQUIRED | 1\n}\n");
  const changes = await service.reload(config("dictionaries: [dictionary.opensips]\n", '"nobody.example"'));
  expect(changes).toEqual({ reloaded: ["accept", "dictionaries"], restart: [] });
  expect(resultCode(dissect(await client.exchange(request(2))))).toBe(2001);
  await expect(connectAs(port, new Recorder())).rejects.toThrow();

  writeFileSync(file, "ATTRIBUTE cost 9001 interger\n");
  const wrong = service.reload(config("dictionaries: [dictionary.opensips]\n"));
  await expect(wrong).rejects.toThrow(ConfigError);
  await expect(wrong).rejects.toThrow(/dictionary\.opensips:1:21 "interger" is no type/);
  expect(resultCode(dissect(await client.exchange(request(3))))).toBe(2001);

  await client.close();
  await service.stop();
  await using stores = openSqlite({ path: database });
  const [record] = await stores.accounting.list();
  expect(record!.avps.filter(({ code }) => code > 9000)).toEqual([
    { name: "cost", code: 9001, vendorId: 0, value: 7 },
    {
      name: "costs",
      code: 9002,
      vendorId: 0,
      value: [
        { name: "cost", code: 9001, vendorId: 0, value: 8 },
        { name: "User-Name", code: 1, vendorId: 0, value: "member" },
      ],
    },
  ]);
});

test("peers come and go with a reload; what cannot change is named, and stays", async () => {
  const { config } = prepared();
  await using service = await Service.start(config(), log);
  const peers = () => service.server.node.peers.list().map(({ originHost }) => originHost);
  const first = 'peers: [{ host: 127.0.0.1, port: 1, identity: "a.diameter.test" }]\n';
  expect((await service.reload(config(first))).reloaded).toEqual(["peers"]);
  expect(peers()).toEqual(["a.diameter.test"]);
  const second = 'peers: [{ host: 127.0.0.1, port: 1, identity: "b.diameter.test" }]\ntimers: { watchdogMs: 7000 }\n';
  expect(await service.reload(config(second))).toEqual({ reloaded: ["peers"], restart: ["timers.watchdogMs"] });
  expect(peers()).toEqual(["b.diameter.test"]);
  expect(service.config.timers.watchdogMs).toBe(30_000);
});
