/** `diamgen-server records sessions`: what was sent to a server of START, INTERIM and STOP, seen by the built program. */
import { DiameterNode } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../support/process.js";
import { BIN } from "./demo.js";
import { configFile, startProgram, temporaryFolder } from "./program.js";

const { START_RECORD, INTERIM_RECORD, STOP_RECORD, EVENT_RECORD } = accounting.AccountingRecordType;
const { GRANT_AND_STORE } = accounting.AccountingRealtimeRequired;

async function nas(port: number): Promise<accounting.Client> {
  const node = new DiameterNode({
    originHost: "nas.diameter.test",
    originRealm: "diameter.test",
    applications: [accounting.application],
    peers: [{ host: "127.0.0.1", port }],
  });
  onTestFinished(() => node.stop({ timeoutMs: 1000 }));
  await node.start();
  return accounting.client(node);
}

test("records in any order are answered 2001 with the terms of the session, and the session is what they say", {
  timeout: 60_000,
}, async () => {
  const file = configFile(temporaryFolder(), {
    accounting: { interimIntervalSeconds: 600, realtimeRequired: "GRANT_AND_STORE" },
  });
  const begun = Date.now() - 3_600_000;
  {
    await using running = await startProgram(file);
    const client = await nas(running.port);
    const send = async (sessionId: string, type: number, number: number, more = {}) => {
      const answer = await client.accounting({
        ...{ sessionId, destinationRealm: "diameter.test" },
        ...{ accountingRecordType: type, accountingRecordNumber: number },
        eventTimestamp: new Date(begun + number * 60_000),
        ...more,
      });
      const { resultCode, acctInterimInterval, accountingRealtimeRequired, accountingSubSessionId } = answer;
      expect(answer).toMatchObject({ sessionId, accountingRecordType: type, accountingRecordNumber: number });
      return [resultCode, acctInterimInterval, accountingRealtimeRequired, accountingSubSessionId];
    };
    const goesOn = [2001, 600, GRANT_AND_STORE, undefined];
    const over = [2001, undefined, undefined, undefined];
    expect(await send("nas;1", START_RECORD, 0)).toEqual(goesOn);
    expect(await send("nas;1", INTERIM_RECORD, 3)).toEqual(goesOn);
    expect(await send("nas;1", STOP_RECORD, 4)).toEqual(over);
    expect(await send("nas;1", INTERIM_RECORD, 5)).toEqual(goesOn);
    expect(await send("nas;1", STOP_RECORD, 6)).toEqual(over);
    expect(await send("nas;\u001b[2J", INTERIM_RECORD, 1, { userName: "alice" })).toEqual(goesOn);
    expect(await send("nas;3", START_RECORD, 0, { accountingSubSessionId: 7n })).toEqual([...goesOn.slice(0, 3), 7n]);
    expect(await send("nas;4", EVENT_RECORD, 0)).toEqual(over);
  }
  const cli = (...args: string[]) => run(process.execPath, [BIN, "records", "sessions", "--config", file, ...args]);
  const all = await cli();
  expect(all.code).toBe(0);
  const rows = all.stdout.trimEnd().split("\n");
  expect(rows.map((line) => line.split(/ {2,}/))).toEqual([
    ["SESSION", "STATE", "STARTED", "LAST", "SECONDS", "RECORDS", "REMARKS"],
    [
      ...["nas;1", "stopped", new Date(begun).toISOString().replace(/\d{3}Z$/, "000Z")],
      ...[expect.any(String), "240", "5", "severalStops afterStop missing 1-2"],
    ],
    ["nas;3 (7)", "open", expect.any(String), expect.any(String), "0", "1", "-"],
    // Its key in the database has "?" for what is not of ASCII's visible characters.
    ["nas;\\u001b[2J", "open", "-", expect.any(String), "0", "1", "noStart"],
  ]);
  const json = async (...args: string[]) =>
    (await cli("--json", ...args)).stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const names = async (...args: string[]) => (await json(...args)).map(({ sessionId }) => sessionId);
  expect(await json("--session", "nas;3")).toMatchObject([{ sessionId: "nas;3", subSessionId: "7", missing: [] }]);
  expect(await json("--state", "open", "--irregular")).toMatchObject([{ userName: "alice", state: "open" }]);
  expect(await names("--state", "open", "silent")).toEqual(["nas;3", "nas;\u001b[2J"]);
  expect(await names("--state", "silent")).toEqual([]);
  const later = new Date(Date.now() + 60_000).toISOString();
  expect(await names("--since", new Date(begun).toISOString(), "--until", later)).toEqual([
    "nas;1",
    "nas;\u001b[2J",
    "nas;3",
  ]);
  expect(await names("--since", later)).toEqual([]);
  expect(await cli("--since", "yesterday")).toMatchObject({ code: 2, stdout: "" });
  expect(await cli("--silent-after", "0")).toMatchObject({ code: 2, stdout: "" });
});
