/** TLS that is agreed upon in CER and CEA, as RFC 3588 had it and RFC 6733 section 5.3 keeps it for older peers: Inband-Security-Id. */
import { NO_COMMON_SECURITY, UNKNOWN_PEER } from "../codec/result-code.js";
import type { TlsCredentials } from "../transport/tls-credentials.js";
import type { Capabilities, Outcome } from "./base-messages.js";
import type { Link } from "./link.js";

/** Inband-Security-Id values: RFC 6733 section 6.10. */
export const NO_INBAND_SECURITY = 0;
export const INBAND_TLS = 1;

/** What a connection in the clear may become. */
export interface InbandSecurity {
  /** TLS has to be agreed upon; otherwise it is agreed upon where the peer offers it. */
  readonly required: boolean;
  readonly credentials: TlsCredentials;
}

/** Inband-Security-Id of our CER: TLS and nothing else, for a peer that could choose might be made to choose the clear. */
export function offered({ inband }: Link): readonly number[] {
  return inband === undefined ? [] : [INBAND_TLS];
}

/** Inband-Security-Id of our CEA to this CER; left out it means NO_INBAND_SECURITY. */
export function agreed(link: Link, cer: Capabilities): readonly number[] {
  return agreesTls(link, cer) ? [INBAND_TLS] : [];
}

/** True where TLS begins after CER and CEA: `capabilities` is the peer's one of the two. Under TLS already, some offer it all the same. */
export function agreesTls({ inband, connection }: Link, { inbandSecurityId }: Capabilities): boolean {
  return inband !== undefined && connection.security === undefined && inbandSecurityId.includes(INBAND_TLS);
}

/** Why the CEA must not open this connection. */
export function ceaProblem(link: Link, cea: Capabilities): string | undefined {
  if (link.inband !== undefined && !agreesTls(link, cea)) return "the peer does not agree to TLS, which is required";
  return link.connection.security?.problem(cea.originHost);
}

/**
 * Why this CER is answered with an error.
 *
 * @param protectedOnly the peer is configured with TLS: nobody is believed to be it without
 */
export function cerRefusal(link: Link, cer: Capabilities, protectedOnly: boolean): Outcome | undefined {
  const { security } = link.connection;
  if (security !== undefined) {
    const errorMessage = security.problem(cer.originHost);
    return errorMessage === undefined ? undefined : { resultCode: UNKNOWN_PEER, errorMessage };
  }
  if (agreesTls(link, cer)) return undefined;
  const refuse = (errorMessage: string) => ({ resultCode: NO_COMMON_SECURITY, errorMessage });
  if (link.inband?.required || protectedOnly) return refuse("TLS is required");
  // Left out means NO_INBAND_SECURITY.
  const { inbandSecurityId } = cer;
  if (inbandSecurityId.length > 0 && !inbandSecurityId.includes(NO_INBAND_SECURITY))
    return refuse("TLS is not negotiated in band here");
  return undefined;
}
