export { AdminError, type AdminErrorCode, type AdminErrorJson } from "./admin-error.js";
export { AdminSocket, type AdminSocketOptions } from "./admin-socket.js";
export type {
  Address,
  AdminOperations,
  AdminResponses,
  PeerView,
  ServerStatus,
  SipServerOutcomeView,
  TraceEvent,
} from "./operations.js";
export {
  type AdminOperation,
  type AdminRequests,
  isAdminOperation,
  parseRequest,
  parseTraceRequest,
  type TraceRequest,
} from "./requests.js";
export { ServerOperations } from "./server-operations.js";
