/** Sends call records as Accounting-Requests: `client.js RECORDS JOURNAL PER-SECOND HOST:PORT...`. Ends with 0 where all of them are settled. */
import { setTimeout as wait } from "node:timers/promises";
import { DiameterNode, outcomeOf, RequestTimeoutError, UnableToDeliverError } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as opensips from "@diamgen/sdk/opensips";
import { Journal } from "./journal.js";
import { type CallRecord, readRecords } from "./records.js";

const ATTEMPTS = 5;

const [file = "", journalFile = "", perSecond = "10", ...servers] = process.argv.slice(2);
const records = await readRecords(file);
await using journal = await Journal.open(journalFile);

await using node = new DiameterNode({
  originHost: "cdr.access.test",
  originRealm: "access.test",
  applications: [accounting.application],
  // Where one is gone, what it has not answered goes to the other, with the T bit: the node sees to that.
  peers: servers.map((server) => ({ host: server.split(":")[0] ?? "", port: Number(server.split(":")[1]) })),
  requestTimeoutMs: 3_000,
  reconnectMs: 1_000,
});
await node.start();

console.log(
  `${records.length} records: ${journal.count("acknowledged")} acknowledged before, ${journal.count("sending")} in doubt`,
);
const sending: Promise<void>[] = [];
for (const record of records) {
  const { state, sessionId } = journal.of(record.callId) ?? {};
  if (state === "acknowledged" || state === "refused") continue;
  // Section 8.8: unique for ever. What was in doubt keeps the one that it had.
  sending.push(deliver(record, sessionId ?? node.newSessionId(), state === "sending"));
  await wait(1000 / Number(perSecond));
}
await Promise.all(sending);
console.log(`${journal.count("acknowledged")} acknowledged, ${journal.count("refused")} refused`);
process.exitCode = journal.count("sending") === 0 ? 0 : 1;

/** Until a server has it, or has said that it never will. */
async function deliver(record: CallRecord, sessionId: string, inDoubt: boolean): Promise<void> {
  const { callId } = record;
  await journal.write({ callId, sessionId, state: "sending" });
  let retransmitted = inDoubt;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const call = accounting.client(node).accounting(requestOf(record, sessionId), { retransmitted });
      const { ok, resultCode, answer } = await outcomeOf(call);
      if (ok) {
        await journal.write({ callId, sessionId, state: "acknowledged" });
        console.log(`acknowledged ${callId} by ${answer?.originHost}${retransmitted ? ", sent again" : ""}`);
        return;
      }
      // 5xxx: it would be refused again (section 7.1.5). Others may take it later.
      if (resultCode >= 5000) {
        await journal.write({ callId, sessionId, state: "refused" });
        console.log(`refused ${callId}: ${resultCode}`);
        return;
      }
    } catch (error) {
      if (!(error instanceof UnableToDeliverError || error instanceof RequestTimeoutError)) throw error;
      // Whoever got it may have stored it.
      retransmitted ||= error.sent;
    }
    await wait(250 * attempt);
  }
  console.log(`no server takes ${callId}: it stays in the journal`);
}

function requestOf(record: CallRecord, sessionId: string): accounting.AccountingRequestInit {
  const ended = new Date(record.answered.getTime() + record.seconds * 1000);
  return {
    sessionId,
    destinationRealm: "accounting.test",
    accountingRecordType: accounting.AccountingRecordType.EVENT_RECORD,
    accountingRecordNumber: 0,
    userName: record.caller,
    acctSessionId: Buffer.from(record.callId),
    eventTimestamp: ended,
    avps: [
      opensips.SipMethodAvp.of(opensips.SipMethod.INVITE),
      opensips.SipResponseCode.of(200),
      opensips.SipCallDuration.of(record.seconds),
      opensips.SipCallCreated.of(record.answered.getTime() / 1000),
      opensips.SipUriUser.of(record.callee),
    ],
  };
}
