/** Starts diamgen-server and the registrar, and lets phones register. `main.js --serve [PORT]` stays up for phones of yours. */
import { once } from "node:events";
import { DiameterNode } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as sip from "@diamgen/sdk/sip";
import { startDiamgenServer } from "../lib/diamgen-server.js";
import { Aaa } from "./aaa.js";
import { register } from "./phone.js";
import { Registrar } from "./registrar.js";

const REALM = "diameter.test";

// An embedded SQLite with one subscriber: alice, password "secret".
await using server = await startDiamgenServer(["--demo", "--port", "0"]);
await using node = new DiameterNode({
  originHost: "registrar.diameter.test",
  originRealm: REALM,
  applications: [sip.application, accounting.application],
  peers: [{ host: server.host, port: server.port }],
});
await node.start();

const [serve, wanted = "5060"] = process.argv.slice(2);
const registrar = new Registrar(new Aaa(node, REALM), REALM, (line) => console.log(`registrar: ${line}`));
const port = await registrar.listen(serve === "--serve" ? Number(wanted) : 0);

if (serve === "--serve") {
  console.log(`registrar of ${REALM} on 127.0.0.1 port ${port} (UDP); Ctrl-C ends it`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
} else {
  const alice = { user: "alice", realm: REALM, password: "secret" };
  const show = (what: string, statuses: readonly number[]): void => console.log(`${what}: ${statuses.join(", ")}`);
  show("a wrong password", await register(port, { ...alice, password: "guess" }, 600));
  show("nobody's name", await register(port, { ...alice, user: "mallory" }, 600));
  show("alice", await register(port, alice, 600));
  show("alice goes", await register(port, alice, 0));
}
await registrar.close();
