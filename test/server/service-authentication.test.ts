/** Authentication by the configuration: rules of silence that change under a connection, the throttle, challenges with a key from a file. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../server/src/config/load.js";
import { createLogger } from "../../server/src/log.js";
import { Service } from "../../server/src/service/service.js";
import { openSqlite } from "../../server/src/store/index.js";
import { dissect, findAvp, resultCode } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { next } from "../support/nodes.js";
import { avp, changed, replaced, without } from "./diameter/compose.js";
import { ALICE, connectAs, Recorder } from "./diameter/support.js";

const REGISTER = golden("opensips-3.2-auth", 9);
const log = createLogger({ level: "silent" });

async function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await using stores = openSqlite({ path: join(folder, "d.db") });
  await stores.subscribers.add(ALICE);
  const config = (authentication: string) =>
    parseConfig(
      join(folder, "server.yaml"),
      `identity: server.diameter.test\nlisten: [{ host: 127.0.0.1, port: 0 }]\naccept: ["*"]\ndatabase: { type: sqlite, path: d.db }\nlogging: { level: silent }\nauthentication: ${authentication}\n`,
    );
  return { folder, config };
}

function wrong(hopByHop: number): Buffer {
  return changed(REGISTER.hex, {
    hopByHop,
    endToEnd: hopByHop,
    avps: (avps) => replaced(avps, { 103: "0".repeat(32) }),
  });
}

test("onReject changes under a connection; throttle and challenge take a restart", async () => {
  const { config } = await prepared();
  await using service = await Service.start(config("{}"), log);
  await using client = await connectAs(service.addresses[0]?.port ?? 0, new Recorder());
  expect(resultCode(dissect(await client.exchange(wrong(1))))).toBe(4001);
  const silence = "{ onReject: [{ productName: freeDiameter, onReject: silence }], throttle: { perUser: 1 } }";
  expect(await service.reload(config(silence))).toEqual({
    reloaded: ["authentication.onReject"],
    restart: ["authentication.throttle.perUser"],
  });
  const withheld = next(service.server.node, "answer:withheld");
  client.send(wrong(2));
  await withheld;
  expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(2006);
});

test("the throttle of the configuration", async () => {
  const { config } = await prepared();
  await using service = await Service.start(config("{ throttle: { perUser: 1 } }"), log);
  await using client = await connectAs(service.addresses[0]?.port ?? 0, new Recorder());
  expect(resultCode(dissect(await client.exchange(wrong(1))))).toBe(4001);
  expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(4001);
});

test("a challenge whose key is in a file", async () => {
  const { folder, config } = await prepared();
  writeFileSync(join(folder, "nonce.key"), `${randomBytes(32).toString("base64")}\n`);
  await using service = await Service.start(config("{ challenge: { key: !file nonce.key } }"), log);
  await using client = await connectAs(service.addresses[0]?.port ?? 0, new Recorder());
  // No digest, and SIP-Number-Auth-Items: a client of RFC 4740.
  const asks = changed(REGISTER.hex, {
    avps: (avps) => [...without(avps, 103, 104, 105, 108, 109, 110, 113, 114, 115), avp(382, 1)],
  });
  const answer = dissect(await client.exchange(asks));
  expect(resultCode(answer)).toBe(2008);
  expect(findAvp(answer, 376)).toBeDefined();
});

test.each(["short", "x".repeat(42), `${"x".repeat(43)}!`])("%j is no key", async (key) => {
  const { config } = await prepared();
  expect(() => config(`{ challenge: { key: "${key}" } }`)).toThrow(/32 octets or more in base64/);
});
