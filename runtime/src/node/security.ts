/** How listeners and peers of a node are protected: what of their options belongs together, and what is missing. */
import { isIP } from "node:net";
import { ConfigurationError } from "../errors.js";
import type { InbandSecurity } from "../peer/inband.js";
import type { PeerConfig } from "../peer/peer-types.js";
import { TlsCredentials, type TlsOptions } from "../transport/tls-credentials.js";
import type { TransportKind } from "../transport/transport.js";

/** Diameter over TCP and SCTP: RFC 6733 section 2.1. */
export const DIAMETER_PORT = 3868;
/** Diameter over TLS, as registered by RFC 6733 section 11.4 and in use; section 2.1 of the same says 5658. */
export const DIAMETER_TLS_PORT = 5868;

/** What listeners and peers have in common. */
interface Place {
  readonly host: string;
  readonly port?: number | undefined;
  readonly transport?: TransportKind | undefined;
  readonly security?: "none" | "inband" | "either" | undefined;
  readonly tls?: TlsCredentials | TlsOptions | undefined;
}

/** The port, or that of its transport where it is left out. */
export function portOf({ port, transport }: Partial<Place>): number {
  return port ?? (transport === "tls" ? DIAMETER_TLS_PORT : DIAMETER_PORT);
}

/** True where nobody is believed to be this peer without TLS. */
export function isProtected({ transport, security }: PeerConfig): boolean {
  return transport === "tls" || security === "inband";
}

/**
 * The same with credentials that cannot be read back, for it is kept, and shown in places where no key belongs.
 *
 * @throws {ConfigurationError} the options contradict one another, or certificate and key are missing
 */
export function checked<T extends Place>(what: string, place: T, ofNode: TlsCredentials | undefined): T {
  const { transport = "tcp", security = "none", tls, host } = place;
  const inband = security !== "none";
  if (inband && transport !== "tcp")
    throw new ConfigurationError(`${what} ${host}: security "${security}" is for transport "tcp", not "${transport}"`);
  if ((inband || transport === "tls") && tls === undefined && ofNode === undefined)
    throw new ConfigurationError(`${what} ${host}: TLS needs a certificate: give "tls" here or in the node's options`);
  return tls === undefined || tls instanceof TlsCredentials ? place : { ...place, tls: TlsCredentials.from(tls) };
}

/** Of a place that was checked. */
export function credentialsOf({ tls }: Place, ofNode: TlsCredentials | undefined): TlsCredentials | undefined {
  return tls === undefined ? ofNode : TlsCredentials.from(tls);
}

export function inbandOf(place: Place, ofNode: TlsCredentials | undefined): InbandSecurity | undefined {
  const { security = "none" } = place;
  const credentials = credentialsOf(place, ofNode);
  if (security === "none" || credentials === undefined) return undefined;
  return { required: security === "inband", credentials };
}

/** Whose certificate is expected, before the CEA says who the peer is: RFC 6125 section 6.2.1, what was asked for and nothing found out on the way. */
export function referenceIdentity({ originHost, host }: PeerConfig): string | undefined {
  return originHost ?? (isIP(host) === 0 ? host : undefined);
}
