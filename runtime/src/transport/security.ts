/** What protects a connection, and who the other side is by its certificate. */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** The certificate of the other side, as its issuer wrote it. */
export interface PeerCertificate {
  /** "CN=server.example"; several lines where there are several parts. */
  readonly subject: string;
  /** "DNS:server.example, DNS:*.lab.example"; undefined where it has none. */
  readonly subjectAltName: string | undefined;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of the whole, "AB:CD:...". */
  readonly fingerprint256: string;
  /** Not valid any more after it. */
  readonly validTo: Date;
}

/** How a connection is protected; plain data. */
export interface SecurityInfo {
  /** "TLSv1.3" or "TLSv1.2". */
  readonly protocol: string;
  /** The cipher suite, by its name in RFC 8446 or RFC 5246 and after. */
  readonly cipher: string;
  /** TLS began after CER and CEA, which went in the clear. */
  readonly inband: boolean;
  /** The certificate was issued by somebody trusted; false only with `insecureSkipVerification`. */
  readonly verified: boolean;
  /** Undefined only where nothing was verified. */
  readonly certificate: PeerCertificate | undefined;
}

/** TLS on a connection. */
export interface ConnectionSecurity {
  readonly info: SecurityInfo;
  /** Why the certificate does not say that the other side is `identity`; undefined where it does, or where nothing is verified. */
  problem(identity: string): string | undefined;
}

/** A host name, as DNS and certificates have it. OpenSSL would take ".example" for "anybody below example". */
const HOST_NAME = /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?(\.[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?)*$/i;

/**
 * True where the certificate was issued for this DiameterIdentity: a dNSName of subjectAltName, in which "*" may stand for the whole
 * first label (RFC 6125 section 6.4); the CN of the subject only where the certificate has no subjectAltName at all.
 */
export function certifies(certificate: X509Certificate, identity: string): boolean {
  if (!HOST_NAME.test(identity)) return false;
  const subject = certificate.subjectAltName === undefined ? "default" : "never";
  return certificate.checkHost(identity, { subject, partialWildcards: false }) !== undefined;
}

export function securityOf(socket: TLSSocket, verify: boolean, inband: boolean): ConnectionSecurity {
  const x509 = socket.getPeerX509Certificate();
  const { standardName } = socket.getCipher();
  const info: SecurityInfo = {
    protocol: socket.getProtocol() ?? "",
    cipher: standardName,
    inband,
    verified: verify,
    certificate: x509 && describe(x509),
  };
  const names = x509?.subjectAltName ?? x509?.subject ?? "";
  return {
    info,
    problem(identity) {
      if (!verify || (x509 !== undefined && certifies(x509, identity))) return undefined;
      return `the certificate is for ${names || "nobody"}, not for ${identity}`;
    },
  };
}

function describe(certificate: X509Certificate): PeerCertificate {
  return {
    subject: certificate.subject,
    subjectAltName: certificate.subjectAltName,
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber,
    fingerprint256: certificate.fingerprint256,
    validTo: new Date(certificate.validTo),
  };
}
