/** The main job, end to end, told step by step: what `npm start` shows. */
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Dictionary, formatDiagnostic, formatMessage, loadDictionary, messageTree } from "@diamgen/dictionary";
import { type Avp, DiameterNode, outcome, type RawMessage } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import { AcctSessionId, ErrorMessage, EventTimestamp, ResultCode } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { computeHa1, expectedResponse, findDigestAlgorithm } from "../digest/index.js";
import { createLogger } from "../log.js";
import { startDemo } from "./demo-server.js";
import { DEMO } from "./names.js";

const DICTIONARIES = new URL("../../../dictionaries/", import.meta.url);

/** Runs it; 0 if every answer was as it should be. */
export async function tour(): Promise<number> {
  const story = new Story();
  story.step("Compiling the dictionaries, to show messages by them");
  const dictionary = await ourDictionaries();
  story.tell(`${dictionary.applications.length} applications, ${dictionary.avps.size} AVPs`);

  story.step("Starting the SIP server on an embedded SQLite");
  const log = createLogger({ level: "warn", pretty: true });
  const demo = await startDemo({ host: "127.0.0.1", port: 0, log });
  const { username, domain } = DEMO.subscriber;
  story.tell(`${DEMO.server} listens on ${demo.host} port ${demo.port}, subscriber ${username}@${domain}`);

  const node = new DiameterNode({
    originHost: DEMO.client,
    originRealm: DEMO.realm,
    applications: [sip.application, accounting.application],
    extensions: [opensips.avps],
    peers: [{ host: demo.host, port: demo.port }],
  });
  node.onMessage(({ direction, raw }) => story.message(dictionary, direction, raw));
  try {
    story.step("A typed client connects over TCP: Capabilities-Exchange");
    await node.start();

    await authenticate(story, node, "the right password", DEMO.subscriber.username, DEMO.subscriber.password, 2006);
    await authenticate(story, node, "a wrong password", DEMO.subscriber.username, "wrong", 4001);
    await authenticate(story, node, "an unknown user", "mallory", "secret", 5032);
    await account(story, node);

    story.step("Disconnecting: Disconnect-Peer");
    await node.stop();

    story.step("What the database has of it");
    for (const record of await demo.stores.accounting.list()) {
      const { id, sessionId, callId, method, sipCode, duration, time, avps } = record as typeof record &
        Record<string, unknown>;
      story.tell(
        JSON.stringify(
          { id, sessionId, callId, method, sipCode, duration, time, avps: `${avps.length} AVPs as JSON` },
          undefined,
          2,
        ),
      );
    }
  } finally {
    await node.stop();
    await demo.stop();
  }
  return story.end();
}

async function ourDictionaries(): Promise<Dictionary> {
  const folder = fileURLToPath(DICTIONARIES);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".xml")).sort();
  const { dictionary, diagnostics } = await loadDictionary(files.map((name) => folder + name));
  if (dictionary !== undefined) return dictionary;
  const errors = diagnostics.filter(({ severity }) => severity === "error").map((error) => formatDiagnostic(error));
  throw new Error(`the dictionaries do not load:\n${errors.join("\n")}`);
}

/** Asks as OpenSIPS does: the digest in AVPs at the top level. */
async function authenticate(
  story: Story,
  node: DiameterNode,
  title: string,
  user: string,
  password: string,
  expected: number,
): Promise<void> {
  story.step(`Authenticating with ${title}: Multimedia-Auth`);
  const realm = DEMO.realm;
  const nonce = randomBytes(16).toString("hex");
  const uri = `sip:${realm}`;
  const method = "REGISTER";
  const algorithm = findDigestAlgorithm("MD5");
  if (algorithm === undefined) throw new Error("no MD5");
  const ha1 = computeHa1(algorithm, user, realm, password);
  const answer = await sip.client(node).multimediaAuth({
    destinationRealm: realm,
    authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
    sipAor: `${user}@${realm}`,
    sipMethod: method,
    userName: `${user}@${realm}`,
    avps: [
      digest.DigestUsername.of(user),
      digest.DigestRealm.of(realm),
      digest.DigestNonce.of(nonce),
      digest.DigestUri.of(uri),
      digest.DigestMethod.of(method),
      digest.DigestResponse.of(expectedResponse(algorithm, ha1, { nonce, uri, method })),
      AcctSessionId.of(new TextEncoder().encode(randomBytes(8).toString("hex"))),
    ],
  });
  const reason = ErrorMessage.find(answer);
  story.expect(outcome(answer).resultCode, expected, reason === undefined ? "authenticated" : `refused: ${reason}`);
}

async function account(story: Story, node: DiameterNode): Promise<void> {
  story.step("Sending an accounting record: Accounting");
  const avps: Avp[] = [
    EventTimestamp.of(new Date()),
    opensips.SipMethodAvp.of(opensips.SipMethod.INVITE),
    opensips.SipResponseCode.of(200),
    AcctSessionId.of(new TextEncoder().encode("tour-call-1")),
    opensips.SipCallDuration.of(42),
  ];
  const answer = await accounting.client(node).accounting({
    destinationRealm: DEMO.realm,
    accountingRecordType: accounting.AccountingRecordType.EVENT_RECORD,
    accountingRecordNumber: 0,
    avps,
  });
  story.expect(outcome(answer).resultCode, ResultCode.DIAMETER_SUCCESS, "the record is durable");
}

/** What is printed, and whether all went well. */
class Story {
  #step = 0;
  #wrong = 0;

  step(title: string): void {
    this.#step++;
    process.stdout.write(`\n== ${this.#step}. ${title}\n`);
  }

  tell(text: string): void {
    process.stdout.write(`   ${text.replaceAll("\n", "\n   ")}\n`);
  }

  message(dictionary: Dictionary, direction: "in" | "out", raw: RawMessage): void {
    this.tell(`${direction === "out" ? "->" : "<-"} ${formatMessage(messageTree(dictionary, raw))}`);
  }

  expect(is: number | undefined, expected: number, meaning: string): void {
    if (is !== expected) this.#wrong++;
    this.tell(is === expected ? `${is}: ${meaning}` : `WRONG: ${is}, expected ${expected}`);
  }

  end(): number {
    const well = this.#wrong === 0;
    process.stdout.write(well ? "\nAll as it should be.\n" : `\n${this.#wrong} answers were not as they should be.\n`);
    return well ? 0 : 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await tour();
