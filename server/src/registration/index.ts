export type { UserAuthorization } from "./authorize-user.js";
export { canonicalAor, isServerUri, ownAor, userNameOf, userOfName } from "./identities.js";
export {
  type Assigned,
  Registrar,
  type RegistrarOptions,
  type RegistrarSettings,
  type SessionEnd,
  type SessionTermination,
  type SessionWatch,
} from "./registrar.js";
export { ResultCode } from "./result-codes.js";
export { SessionSweep } from "./session-sweep.js";
export { hasAborted, type SessionRequest, type SessionSettings, sessionEnded } from "./sessions.js";
export { endings, hasEnded, type Serving, type SessionServing, servings, terminated } from "./terminate.js";
export type {
  AorRecord,
  AorRegistration,
  RegistrationSession,
  SipServerNode,
  SipUser,
  UserData,
  UserProfile,
  UserRecord,
} from "./types.js";
export { chooseUserData } from "./user-data.js";
