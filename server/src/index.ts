/** The server as a library: what the `diamgen-server` command runs. */

export {
  type AccountingOptions,
  AccountingPipeline,
  type AccountingRecorder,
  type Delivered,
  type DeliveryEvent,
  type DeliveryHealth,
} from "./accounting/delivered.js";
export { accountingSessions, type SessionQuery } from "./accounting/session-query.js";
export type {
  AccountingSession,
  AccountingSessionState,
  SessionIrregularity,
  SessionSupervision,
} from "./accounting/sessions.js";
export { type AuthenticationResult, authenticate, type DigestCredentials } from "./authentication/index.js";
export { type DemoOptions, type DemoServer, startDemo } from "./demo/demo-server.js";
export { DEMO } from "./demo/names.js";
export { type AccountingHandlerOptions, accounting } from "./diameter/accounting.js";
export { AvpRegistry } from "./diameter/avp-registry.js";
export { type MultimediaAuthOptions, serveMultimediaAuth } from "./diameter/multimedia-auth.js";
export type { RegistrationOptions } from "./diameter/registration.js";
export type {
  PushOutcome,
  PushProfile,
  SipServerOutcome,
  TerminateRegistration,
  TerminationOutcome,
} from "./diameter/sip-servers.js";
export { createLogger, type LogOptions } from "./log.js";
export type { SipServerNode, SipUser, UserData, UserProfile, UserRecord } from "./registration/index.js";
export { SipServer, type SipServerOptions } from "./server.js";
export {
  type AccountingStore,
  type DatabaseOptions,
  openDatabase,
  openSqlite,
  type RegistrationStore,
  type SqliteOptions,
  StoreError,
  type Stores,
  type SubscriberStore,
} from "./store/index.js";
