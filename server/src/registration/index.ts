export type { UserAuthorization } from "./authorize-user.js";
export { canonicalAor, isServerUri, ownAor, userNameOf, userOfName } from "./identities.js";
export { type Assigned, Registrar, type RegistrarOptions, type RegistrarSettings } from "./registrar.js";
export { ResultCode } from "./result-codes.js";
export { hasEnded, type Serving, servings, terminated } from "./terminate.js";
export type {
  AorRecord,
  AorRegistration,
  SipServerNode,
  SipUser,
  UserData,
  UserProfile,
  UserRecord,
} from "./types.js";
export { chooseUserData } from "./user-data.js";
