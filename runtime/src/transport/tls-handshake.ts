import { isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TransportError } from "../errors.js";
import type { Done } from "./attempt.js";
import { type ConnectionSecurity, securityOf } from "./security.js";
import { loadedOf, type TlsCredentials } from "./tls-credentials.js";

export interface Handshake {
  /** "client" is who opened the connection, also where TLS begins after CER and CEA. */
  readonly role: "client" | "server";
  readonly credentials: TlsCredentials;
  /** Whose certificate it has to be; left out: anybody's that is trusted, and the owner of the connection looks at it later. */
  readonly identity?: string | undefined;
  /** It follows CER and CEA. */
  readonly inband: boolean;
}

export interface Secured {
  readonly socket: TLSSocket;
  readonly security: ConnectionSecurity;
}

/** Makes TLS on a connected socket, which nobody reads from. What is returned gives up; the socket is destroyed then, and on failure. */
export function shakeHands(raw: Socket, handshake: Handshake, done: Done<Secured>): () => void {
  const { role, credentials, identity, inband } = handshake;
  const { server, verify } = loadedOf(credentials);
  let error: Error | undefined;
  const onError = (problem: Error): void => {
    error ??= problem;
  };
  raw.on("error", onError);
  const ended = (problem: Error | null | undefined, socket?: TLSSocket): void => {
    if (socket === undefined) {
      raw.destroy();
      done(new TransportError(`TLS handshake: ${(problem ?? error)?.message ?? "the connection ended"}`, problem));
      return;
    }
    const security = securityOf(socket, verify, inband);
    const refused = identity === undefined ? undefined : security.problem(identity);
    if (refused === undefined) {
      done(null, { socket, security });
      return;
    }
    socket.on("error", () => {});
    socket.destroy();
    done(new TransportError(`TLS handshake: ${refused}`));
  };
  return role === "server" ? server.accept(raw, ended) : connect(raw, credentials, identity, ended);
}

function connect(
  raw: Socket,
  credentials: TlsCredentials,
  identity: string | undefined,
  done: Done<TLSSocket>,
): () => void {
  const { context, verify, onKeyLog } = loadedOf(credentials);
  const socket = connectTls({
    socket: raw,
    secureContext: context,
    rejectUnauthorized: verify,
    ...(identity !== undefined && isIP(identity) === 0 && { servername: identity }),
    // Node would compare with `servername` only. DiameterIdentities are compared when the handshake is done, on both sides alike.
    checkServerIdentity: () => undefined,
  });
  let settled = false;
  const settle = (error: Error | null, secured?: TLSSocket): void => {
    if (settled) return;
    settled = true;
    socket.off("close", onClose);
    socket.off("error", onError);
    if (secured === undefined) socket.on("error", () => {});
    done(error, secured);
  };
  const onError = (error: Error): void => settle(error);
  const onClose = (): void => settle(new Error("the peer closed the connection"));
  socket.once("error", onError);
  socket.once("close", onClose);
  socket.once("secureConnect", () => settle(null, socket));
  if (onKeyLog !== undefined) socket.on("keylog", onKeyLog);
  return () => {
    settled = true;
    socket.on("error", () => {});
    socket.destroy();
    raw.destroy();
  };
}
