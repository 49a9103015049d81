/** The Result-Codes that authentication gives, under their RFC names. */

export const ResultCode = {
  /** RFC 6733 section 7.1.1. */
  DIAMETER_MULTI_ROUND_AUTH: 1001,
  /** RFC 6733 section 7.1.2. */
  DIAMETER_SUCCESS: 2001,
  /** RFC 4740 section 10.1.1. */
  DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED: 2006,
  /** RFC 4740 section 10.1.1. */
  DIAMETER_SUCCESS_AUTH_SENT_SERVER_NOT_STORED: 2008,
  /** RFC 6733 section 7.1.4. */
  DIAMETER_AUTHENTICATION_REJECTED: 4001,
  /** RFC 4740 section 10.1.2. */
  DIAMETER_USER_NAME_REQUIRED: 4013,
  /** RFC 6733 section 7.1.5. */
  DIAMETER_MISSING_AVP: 5005,
  /** RFC 6733 section 7.1.5. */
  DIAMETER_UNABLE_TO_COMPLY: 5012,
  /** RFC 4740 section 10.1.3. */
  DIAMETER_ERROR_USER_UNKNOWN: 5032,
  /** RFC 4740 section 10.1.3. */
  DIAMETER_ERROR_IDENTITIES_DONT_MATCH: 5033,
  /** RFC 4740 section 10.1.3. */
  DIAMETER_ERROR_AUTH_SCHEME_NOT_SUPPORTED: 5037,
} as const;

export type ResultCodeName = keyof typeof ResultCode;
export type ResultCode = (typeof ResultCode)[ResultCodeName];
