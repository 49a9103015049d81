/** Certificate, key and trust of one side of TLS. */
import { constants } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { ConfigurationError } from "../errors.js";
import { HandshakeServer } from "./tls-handshake-server.js";

/** PEM. */
type Pem = string | Uint8Array;

export interface TlsOptions {
  /** Our certificate chain, PEM, our own certificate first. Both sides have one: RFC 6733 section 13.1 wants mutual authentication. */
  readonly cert: Pem;
  /** Its private key, PEM. */
  readonly key: Pem;
  /** Of the key, where it is encrypted. */
  readonly passphrase?: string | undefined;
  /**
   * Certificates that are trusted to have issued those of peers, PEM. To be left out with `insecureSkipVerification` only: the
   * authorities of the web know nothing of Diameter peers, so that there is no default.
   */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** Certificate revocation lists, PEM. */
  readonly crl?: Pem | readonly Pem[] | undefined;
  /** "TLSv1.2" where left out, and nothing older; both sides agree on the newest that both have. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /**
   * Cipher suites as OpenSSL names them. Left out: those of TLS 1.3, and of TLS 1.2 those with forward secrecy and authenticated
   * encryption. The suites that RFC 6733 section 13.1 names (RC4, 3DES, CBC) are broken or obsolete, and not among them.
   */
  readonly ciphers?: string | undefined;
  /**
   * Switches off that the certificate of the other side is verified: who it is, and who may read along, is unknown then. Any
   * certificate will do, or none, and an Origin-Host proves nothing. For laboratories.
   */
  readonly insecureSkipVerification?: boolean | undefined;
  /**
   * Gets the secrets of every connection, as lines of the SSLKEYLOGFILE format, each with its "\n": with them Wireshark decrypts
   * what was captured, and so does everybody else who has them.
   */
  readonly onKeyLog?: ((line: Uint8Array) => void) | undefined;
}

const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE+AESGCM",
  "ECDHE+CHACHA20",
].join(":");

/** No tickets: every connection proves anew who it is, by what is trusted now. No renegotiation: nobody needs it, and it can be abused. */
const SECURE_OPTIONS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

interface Loaded {
  readonly context: SecureContext;
  readonly server: HandshakeServer;
  readonly verify: boolean;
  readonly onKeyLog: TlsOptions["onKeyLog"];
}

/** What handshakes are made with: for the runtime, not for those who have the credentials. */
export let loadedOf: (credentials: TlsCredentials) => Loaded;

/**
 * What a side of TLS brings and whom it trusts. The same object may serve many listeners and peers; `update` changes it for all of
 * them. Keys cannot be read back from it.
 */
export class TlsCredentials {
  #loaded: Loaded;

  /** @throws {ConfigurationError} an option is missing or wrong, the key does not belong to the certificate, the passphrase is wrong */
  constructor(options: TlsOptions) {
    this.#loaded = load(options);
  }

  /** `credentials` as they are, or made of options. */
  static from(credentials: TlsCredentials | TlsOptions): TlsCredentials {
    return credentials instanceof TlsCredentials ? credentials : new TlsCredentials(credentials);
  }

  /**
   * Other certificates for all handshakes that begin from now on; connections that are there stay as they are.
   *
   * @throws {ConfigurationError} as the constructor; what was before stays in force then
   */
  update(options: TlsOptions): void {
    this.#loaded = load(options);
  }

  static {
    loadedOf = (credentials) => credentials.#loaded;
  }
}

function load(options: TlsOptions): Loaded {
  const verify = options.insecureSkipVerification !== true;
  const { cert, key, passphrase, ca, crl, onKeyLog, minVersion = "TLSv1.2", maxVersion, ciphers = CIPHERS } = options;
  if (!cert || !key) throw new ConfigurationError("tls: cert and key are needed, RFC 6733 wants mutual authentication");
  if (verify && (ca === undefined || ca.length === 0))
    throw new ConfigurationError("tls: ca is needed: the certificates that are trusted to have issued those of peers");
  if (minVersion !== "TLSv1.2" && minVersion !== "TLSv1.3")
    throw new ConfigurationError(`tls: minVersion must be TLSv1.2 or TLSv1.3, got ${JSON.stringify(minVersion)}`);
  const secure: SecureContextOptions = {
    cert: octets(cert),
    key: octets(key),
    ...(passphrase !== undefined && { passphrase }),
    ...(ca !== undefined && { ca: all(ca) }),
    ...(crl !== undefined && { crl: all(crl) }),
    minVersion,
    ...(maxVersion !== undefined && { maxVersion }),
    ciphers,
    honorCipherOrder: true,
    secureOptions: SECURE_OPTIONS,
  };
  try {
    return {
      context: createSecureContext(secure),
      server: new HandshakeServer({ ...secure, requestCert: true, rejectUnauthorized: verify }, onKeyLog),
      verify,
      onKeyLog,
    };
  } catch (error) {
    // The words are OpenSSL's and Node's: they name what is wrong, and quote neither key nor passphrase.
    throw new ConfigurationError(`tls: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function octets(pem: Pem): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}

function all(pems: Pem | readonly Pem[]): (string | Buffer)[] {
  return (Array.isArray(pems) ? (pems as readonly Pem[]) : [pems as Pem]).map(octets);
}
