/** `@diamgen/runtime`: a Diameter node, and what one needs to use it. Codec primitives are in `@diamgen/runtime/codec`. */
export { type Clock, systemClock, type Timer } from "./clock.js";
export { Avp, AvpFlag } from "./codec/avp.js";
export { parseDiameterURI } from "./codec/data/uri.js";
export { ErrorAnswer, type ErrorAnswerInit, type ExperimentalResult } from "./codec/error-answer.js";
export { failedAvpOf } from "./codec/failed-avp.js";
export { CommandFlag, Header } from "./codec/header.js";
export type { Issue } from "./codec/issue.js";
export { fromJson, type JsonValue, toJson } from "./codec/json.js";
export type { Decoded } from "./codec/message.js";
export { decodeAvps, RawMessage } from "./codec/raw-message.js";
export { ResultCode, resultCodeName } from "./codec/result-code.js";
export { call } from "./codegen/call.js";
export type { AvpDefinition } from "./codegen/define.js";
export type {
  AnyCommand,
  ApplicationDefinition,
  Call,
  Caller,
  CallOptions,
  Codec,
  Command,
  Context,
  ContextPeer,
  ErrorOptions,
  Fill,
  HandleOptions,
  Handler,
  InvalidRequest,
  KnownAvps,
  Message,
  Server,
  Withheld,
} from "./codegen/types.js";
export {
  AbortedError,
  AvpError,
  ConfigurationError,
  DiameterError,
  EncodeError,
  ErrorAnswerError,
  InvalidAnswerError,
  NodeStoppedError,
  TimeoutError,
  TransportError,
  UnableToDeliverError,
} from "./errors.js";
export { defaultLimits, type Limits, limits } from "./limits.js";
export type { ClaimPeer, PeerClaim, PeerLease } from "./node/claims.js";
export type { Counters, NodeEvents, PeerInfo } from "./node/events.js";
export type { DepartureSettings, NodePeers, PeerId } from "./node/node-peers.js";
export type { ListenConfig, NodeOptions } from "./node/options.js";
export { DIAMETER_PORT, DIAMETER_TLS_PORT } from "./node/security.js";
export type { DrainOptions, StopCause, StopOptions, WaitOptions } from "./node/stop.js";
export type { MessageTap, TappedMessage } from "./node/taps.js";
export { DiameterNode } from "./node.js";
export {
  type AnsweredOutcome,
  type AnswerOutcome,
  type AnswerWithResult,
  outcome,
  outcomeOf,
  type RefusedOutcome,
} from "./outcome.js";
export { DisconnectCause, type VendorSpecificApplicationId } from "./peer/base-messages.js";
export { type Accept, type Advertise, RELAY_APPLICATION_ID } from "./peer/capabilities.js";
export { winsElection } from "./peer/election.js";
export type { State as PeerState } from "./peer/machine.js";
export type { CloseReason, PeerConfig } from "./peer/peer-types.js";
export type { WatchdogStatus } from "./peer/watchdog.js";
export { RequestTimeoutError } from "./routing/request-timeout.js";
export { latencyBuckets } from "./statistics/histogram.js";
export {
  type CommandStatistics,
  type LatencyStatistics,
  type PeerStatistics,
  type ResultStatistics,
  type Statistics,
  statisticsBetween,
  type Ways,
} from "./statistics/statistics.js";
export type { ConnectionSecurity, PeerCertificate, SecurityInfo } from "./transport/security.js";
export { tcp } from "./transport/tcp.js";
export { tls, tlsTransport } from "./transport/tls.js";
export { TlsCredentials, type TlsOptions } from "./transport/tls-credentials.js";
export type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  ConnectOptions,
  Endpoint,
  HostAndPort,
  Listener,
  ListenOptions,
  Transport,
  TransportKind,
} from "./transport/transport.js";
