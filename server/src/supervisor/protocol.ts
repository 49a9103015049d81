/** What supervisor and workers ask one another, over the channel of node:cluster. */
import type { Endpoint } from "@diamgen/runtime";
import type { AdminOperation, AdminRequests, TraceRequest } from "../admin/requests.js";
import type { ThrottleEntry } from "../authentication/index.js";
import type { Config } from "../config/schema/index.js";
import type { Readiness } from "../monitoring/readiness.js";
import type { MetricJson } from "../monitoring/server-metrics.js";
import type { ConfiguredPeer } from "../service/accept.js";
import type { Changes } from "../service/changes.js";
import type { ClaimQuestion } from "./claim-table.js";
import type { FailureChange } from "./failure-reports.js";
import type { SipCall } from "./owner-caller.js";
import type { Traced } from "./trace-outbox.js";

export interface StartOrder {
  readonly config: Config;
  /** Peers that this worker connects to. */
  readonly share: readonly ConfiguredPeer[];
  /** Of all workers: they are one node, and a worker that is started again has lost no state that a peer could know of (RFC 6733 section 8.16). */
  readonly originStateId: number;
  /** Peers that an operator has taken out of service. */
  readonly barred: readonly string[];
  /** Number of the worker; never used again. */
  readonly worker: number;
}

/** How a start ended; `code` is the exit code that the program would have had. */
export type StartReport =
  | { readonly started: true; readonly addresses: readonly Endpoint[] }
  | { readonly started: false; readonly code: number; readonly text: string };

export type ToWorker = {
  readonly start: (order: StartOrder) => StartReport;
  readonly reload: (order: { readonly config: Config; readonly share: readonly ConfiguredPeer[] }) => Changes;
  readonly share: (share: readonly ConfiguredPeer[]) => void;
  readonly metrics: (nothing: undefined) => readonly MetricJson[];
  readonly readiness: (nothing: undefined) => Readiness | undefined;
  /** A claim is taken away. */
  readonly revoke: (claim: number) => void;
  /** A request to a SIP server that this worker has. */
  readonly call: (call: SipCall) => unknown;
  /** Of an operator: see AdminOperations. */
  readonly operate: (order: { readonly operation: AdminOperation; readonly request: unknown }) => unknown;
  /** As the operation, but the peer need not be there. */
  readonly disable: (request: AdminRequests["peers.disable"]) => void;
  readonly trace: (order: { readonly id: number; readonly request: TraceRequest }) => void;
  readonly untrace: (id: number) => void;
  /** Answered when the worker is about to end. */
  readonly stop: (nothing: undefined) => void;
};

/** Capabilities are exchanged on the connection of a claim. */
export interface Opened {
  readonly claim: number;
  readonly address: string;
  readonly originStateId: number | undefined;
}

/** A peer is the worker's, and so is what was counted of it. */
export interface Granted {
  readonly claim: number;
  readonly failures: readonly ThrottleEntry[];
}

/** A right response to a nonce of ours: see NonceUses. */
export interface NonceUse {
  readonly nonce: string;
  readonly nonceCount: string | undefined;
}

export type ToSupervisor = {
  /** It has loaded what it needs, and hears: what is said before is lost. */
  readonly hello: (nothing: undefined) => void;
  /** Its event loop turns: every BEAT_MS. */
  readonly alive: (nothing: undefined) => void;
  /** Undefined where the peer is another's. */
  readonly claim: (question: ClaimQuestion) => Granted | undefined;
  /** Nobody waits for the answer to that question any more. */
  readonly cancel: (ask: number) => void;
  readonly release: (claim: number) => void;
  readonly opened: (opened: Opened) => void;
  readonly traced: (traced: Traced) => void;
  readonly failures: (changes: readonly FailureChange[]) => void;
  /** False for a replay, at whichever worker. */
  readonly useNonce: (use: NonceUse) => boolean;
  readonly call: (call: SipCall) => unknown;
};
