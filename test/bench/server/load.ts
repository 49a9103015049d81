/** Clients that keep a server busy: each has a connection of its own, and so many requests under way. */
import { DiameterNode, outcome } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import { AcctSessionId } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { computeHa1, expectedResponse, findDigestAlgorithm } from "../../../server/src/digest/index.js";

export const REALM = "diameter.test";
export const USERS = 1000;

export const PASSWORD = "secret";

export const userName = (index: number): string => `user${index}`;

const MD5 = findDigestAlgorithm("MD5")!;
const NONCE = "6a11d0f6000000011e2c2d0f1c0d4b7d";
const URI = `sip:${REALM}`;
const METHOD = "REGISTER";
const ATTEMPT_MS = 30_000;
const OPEN_MS = 10_000;

export type Job = "MAR" | "ACR";

export interface LoadOptions {
  readonly job: Job;
  readonly port: number;
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly inFlight: number;
  /** Before anything is measured. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Called when the measurement begins and when it ends. */
  readonly mark: () => void;
}

export interface Measured {
  readonly answers: number;
  readonly seconds: number;
  /** Milliseconds from request to answer. */
  readonly p50: number;
  readonly p99: number;
  readonly resultCodes: Readonly<Record<string, number>>;
}

type Call = (index: number) => Promise<number | undefined>;

/** Rejects where a request is not answered. */
export async function load(options: LoadOptions): Promise<Measured> {
  const { connections, inFlight, mark } = options;
  const nodes = Array.from({ length: connections }, (_, index) => clientOf(index, options.port));
  const latencies: number[] = [];
  const resultCodes: Record<string, number> = {};
  let [measuring, ended] = [false, false];
  let next = 0;
  const keepBusy = async (call: Call): Promise<void> => {
    while (!ended) {
      const begun = performance.now();
      const code = await call(next++);
      if (!measuring) continue;
      latencies.push(performance.now() - begun);
      resultCodes[String(code)] = (resultCodes[String(code)] ?? 0) + 1;
    }
  };
  try {
    const opened = nodes.map((node) => new Promise<void>((resolve) => node.on("peer:open", () => resolve())));
    await Promise.all(nodes.map((node) => node.start()));
    await inTime(Promise.all(opened), "open the connections");
    const calls = nodes.flatMap((node) => Array.from({ length: inFlight }, () => callerOf(options.job, node)));
    const busy = Promise.all(calls.map(keepBusy));
    // A request that fails ends the measurement at once.
    const passed = (seconds: number) => Promise.race([after(seconds), busy]);
    await passed(options.warmUpSeconds);
    mark();
    const begun = performance.now();
    measuring = true;
    await passed(options.seconds);
    measuring = false;
    const seconds = (performance.now() - begun) / 1000;
    mark();
    ended = true;
    await busy;
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
    return { answers: latencies.length, seconds, p50: at(0.5), p99: at(0.99), resultCodes };
  } finally {
    ended = true;
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

function clientOf(index: number, port: number): DiameterNode {
  return new DiameterNode({
    originHost: `client-${index}.${REALM}`,
    originRealm: REALM,
    applications: [sip.application, accounting.application],
    extensions: [opensips.avps, digest.avps],
    peers: [{ host: "127.0.0.1", port }],
    reconnectMs: 100,
  });
}

function callerOf(job: Job, node: DiameterNode): Call {
  return job === "MAR" ? authenticating(node) : accountingTo(node);
}

/** As OpenSIPS asks: a digest of RFC 2069, whose nonce it has made itself. */
function authenticating(node: DiameterNode): Call {
  const client = sip.client(node);
  const users = Array.from({ length: USERS }, (_, index) => {
    const ha1 = computeHa1(MD5, userName(index), REALM, PASSWORD);
    const response = expectedResponse(MD5, ha1, { nonce: NONCE, uri: URI, method: METHOD });
    const username = userName(index);
    return {
      destinationRealm: REALM,
      authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
      sipAor: `${username}@${REALM}`,
      sipMethod: "opensips-auth",
      userName: `${username}@${REALM}`,
      avps: [
        digest.DigestUsername.of(username),
        digest.DigestRealm.of(REALM),
        digest.DigestNonce.of(NONCE),
        digest.DigestUri.of(URI),
        digest.DigestMethod.of(METHOD),
        digest.DigestResponse.of(response),
      ],
    };
  });
  return async (index) => {
    const user = users[index % USERS]!;
    return outcome(await client.multimediaAuth(user, { timeoutMs: ATTEMPT_MS })).resultCode;
  };
}

/** As OpenSIPS accounts for a call that is over. */
function accountingTo(node: DiameterNode): Call {
  const client = accounting.client(node);
  const text = new TextEncoder();
  return async (index) => {
    const answer = await client.accounting(
      {
        destinationRealm: REALM,
        accountingRecordType: accounting.AccountingRecordType.EVENT_RECORD,
        accountingRecordNumber: 0,
        eventTimestamp: new Date(),
        avps: [
          opensips.SipMethodAvp.of(opensips.SipMethod.INVITE),
          opensips.SipFromTag.of(`from-${index}`),
          opensips.SipToTag.of(`to-${index}`),
          AcctSessionId.of(text.encode(`call-${index}@${node.originHost}`)),
        ],
      },
      { timeoutMs: ATTEMPT_MS },
    );
    return outcome(answer).resultCode;
  };
}

async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the server did not ${what} within ${OPEN_MS} ms`)), OPEN_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function after(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}
