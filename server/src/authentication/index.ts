export {
  type AuthenticationOptions,
  type AuthenticationResult,
  authenticate,
  type DigestCredentials,
  type MissingAvp,
  type SubscriberLookup,
} from "./authenticate.js";
export { ResultCode, type ResultCodeName } from "./result-codes.js";
