/** The built server as a program, and OpenSIPS's request to it with a digest of the demo's subscriber. */

import { createHash } from "node:crypto";
import { golden } from "../support/golden.js";
import { Program } from "../support/process.js";
import { repositoryPath } from "../support/require.js";
import { changed, replaced } from "./diameter/compose.js";

export const BIN = repositoryPath("server/bin/diamgen-server.js");

/** What `--help` says of --demo. */
export const DEMO = { username: "alice", realm: "diameter.test", password: "secret" };

/** Starts the program under test and waits until it says where it listens. */
export async function startDemo(
  args: readonly string[] = [],
  runner: readonly string[] = [],
): Promise<{ readonly program: Program; readonly port: number }> {
  const [command = "", ...rest] = [...runner, process.execPath, BIN, "--demo", "--port", "0", ...args];
  const program = Program.start(command, rest);
  try {
    const [, port] = await program.waitFor(/^listening on 127\.0\.0\.1 port (\d+) /m, { timeoutMs: 20_000 });
    return { program, port: Number(port) };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** A captured request of OpenSIPS with a digest by node:crypto; and what must never be seen of it. */
export function demoRequest({ username, realm, password } = DEMO) {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const [nonce, uri, method] = ["n0nce", `sip:${realm}`, "REGISTER"];
  const ha1 = md5(`${username}:${realm}:${password}`);
  const response = md5(`${ha1}:${nonce}:${md5(`${method}:${uri}`)}`);
  const user = `${username}@${realm}`;
  const values = { 1: user, 122: user, 115: username, 104: realm, 105: nonce, 109: uri, 108: method, 103: response };
  const bytes = changed(golden("opensips-3.2-auth", 9).hex, { avps: (avps) => replaced(avps, values) });
  return { bytes, ha1, response };
}
