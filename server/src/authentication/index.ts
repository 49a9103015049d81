export {
  type AuthenticationOptions,
  type AuthenticationResult,
  authenticate,
  type DigestCredentials,
  type MissingAvp,
  type SubscriberLookup,
} from "./authenticate.js";
export {
  type AuthenticationRequest,
  Authenticator,
  type AuthenticatorOptions,
  type Challenged,
  type Decision,
  type Refused,
} from "./authenticator.js";
export { type Challenge, type ChallengeOptions, Challenger } from "./challenge.js";
export { ResultCode, type ResultCodeName } from "./result-codes.js";
export { Throttle, type ThrottleEntry, type ThrottleOptions, type ThrottleWatch } from "./throttle.js";
