/**
 * An accounting answer says DIAMETER_SUCCESS only once the record is durable (RFC 6733 section 9.4: the client deletes its
 * copy then). The judges are the kernel's calls, by strace, and the file itself after kill -9.
 */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import Libsql from "libsql";
import { describe, expect, test } from "vitest";
import { callsOf } from "../support/calls.js";
import { dissect, resultCode } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { describeWith, requireTool } from "../support/require.js";
import { startDemo } from "./demo.js";
import { connectAs, Recorder } from "./diameter/support.js";
import { temporaryPath } from "./support.js";

const ACR = golden("opensips-3.2-acct", 11);
const strace = requireTool("strace");

/** As strace -x prints octets that are not all ASCII. */
function inTrace(octets: Uint8Array): string {
  return [...octets].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join("");
}

describeWith([strace], "by strace", () => {
  test("the log of the database is synced before the Accounting-Answer is written to the socket", async () => {
    const path = temporaryPath();
    const file = join(dirname(path), "trace");
    const calls = "fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg";
    // -D: strace is a grandchild, so that signals go to the server, whose end is the end of the trace.
    const { program, port } = await startDemo(
      ["--data", dirname(path)],
      [strace.path, "-D", "-f", "-yy", "-x", "-s", "4096", "-e", `trace=${calls}`, "-o", file],
    );
    await using _ = program;
    await using client = await connectAs(port, new Recorder());
    const aca = await client.exchange(ACR.hex);
    expect(resultCode(dissect(aca))).toBe(2001);
    await client.close();
    expect(await program.stop()).toMatchObject({ code: 0 });

    const trace = callsOf(await readFile(file, "utf8"));
    const answer = trace.find(({ text }) => /^\w+\(\d+<TCP:/.test(text) && text.includes(inTrace(aca.subarray(0, 20))));
    expect(answer, "the answer is in the trace").toBeDefined();
    const answered = answer?.began ?? 0;

    const ofLog = trace.filter(({ text, began }) => /^\w+\(\d+<[^>]*diamgen\.db-wal>/.test(text) && began < answered);
    const writes = ofLog.filter(({ name }) => name.startsWith("pwrite"));
    const session = inTrace(Buffer.from("client.diameter.test;1795296410;2"));
    expect(
      writes.some(({ text }) => text.includes(session)),
      "the record is written to the log",
    ).toBe(true);
    const written = writes.at(-1)?.ended ?? Number.NaN;
    const sync = ofLog.find(({ name, began }) => /^f(data)?sync$/.test(name) && began > written);
    expect(sync, "and the log is synced").toMatchObject({ result: 0 });
    expect(sync?.ended, "before the answer").toBeLessThan(answered);
  });
});

describe("by kill -9", () => {
  test("every record that was acknowledged is in the database", async () => {
    const path = temporaryPath();
    const { program, port } = await startDemo(["--data", dirname(path)]);
    await using _ = program;
    await using client = await connectAs(port, new Recorder());
    const records = [ACR, golden("opensips-3.2-acct", 15), golden("opensips-3.2-missed", 11)];
    for (const { hex } of records) expect(resultCode(dissect(await client.exchange(hex)))).toBe(2001);
    expect((await program.stop("SIGKILL")).signal).toBe("SIGKILL");
    await client.waitClosed();

    const database = new Libsql(path, { readonly: true });
    try {
      expect(database.prepare("SELECT session_id FROM diamgen_accounting ORDER BY id").pluck().all()).toEqual([
        "client.diameter.test;1795296410;2",
        "client.diameter.test;1795296410;4",
        "client.diameter.test;1795296427;2",
      ]);
    } finally {
      database.close();
    }
  });
});
