/** examples/sip-proxy-auth: its own phone, and another SIP client that does what it should not. */
import { expect, test } from "vitest";
import { register } from "../../examples/sip-proxy-auth/phone.js";
import { Program } from "../support/process.js";
import { SipSocket } from "../support/sip-socket.js";
import { examplePath, linesOf } from "./support.js";

test("401 and 403 for a wrong password and an unknown user, 200 for alice, and a record when she goes", async () => {
  expect(await linesOf("sip-proxy-auth")).toEqual([
    "registrar: alice is refused",
    "a wrong password: 401, 403",
    "registrar: mallory is refused",
    "nobody's name: 401, 403",
    "registrar: alice is registered",
    "alice: 401, 200",
    "registrar: alice is gone, and accounted",
    "alice goes: 401, 200",
  ]);
});

test("--serve: other clients; what is forged or sent again is challenged, and all registrations end with it", async () => {
  await using program = Program.start(process.execPath, [examplePath("sip-proxy-auth"), "--serve", "0"]);
  const [, text] = await program.waitFor(/port (\d+) \(UDP\)/);
  const port = Number(text);
  await using client = await SipSocket.open();
  const ask = async (method: string, headers: Record<string, string> = {}) =>
    client.next(client.request(port, method, "sip:diameter.test", "sip:alice@diameter.test", headers));

  expect((await ask("OPTIONS")).status).toBe(405);
  const challenged = await ask("REGISTER");
  expect(challenged.status).toBe(401);
  const nonce = /nonce="([^"]+)"/.exec(challenged.headers.get("WWW-Authenticate") ?? "")?.[1];
  const digest = (value: string, user = "alice") =>
    `Digest username="${user}", realm="diameter.test", nonce="${value}", uri="sip:diameter.test", response="${"0".repeat(32)}", qop=auth, nc=00000001, cnonce="c"`;
  // A nonce that is not ours; ours with a wrong response; the same again.
  const forged = await ask("REGISTER", { Authorization: digest("f".repeat(32)) });
  expect([forged.status, forged.headers.get("WWW-Authenticate")]).toEqual([401, expect.stringContaining("stale=true")]);
  expect((await ask("REGISTER", { Authorization: digest(nonce ?? "") })).status).toBe(403);
  expect((await ask("REGISTER", { Authorization: digest(nonce ?? "") })).status).toBe(401);

  expect(await register(port, { user: "alice", realm: "diameter.test", password: "secret" }, 600)).toEqual([401, 200]);
  program.kill("SIGTERM");
  expect((await program.waitExit()).code).toBe(0);
  expect(program.output).toContain("registrar: alice is gone, and accounted");
});
