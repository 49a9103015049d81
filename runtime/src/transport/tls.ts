/** Diameter over TLS over TCP, from the first octet: RFC 6733 sections 2.1 and 13.1. */
import type { Socket } from "node:net";
import { ConfigurationError } from "../errors.js";
import { defaultLimits } from "../limits.js";
import { connectToAny } from "./addresses.js";
import { PendingHandshakes } from "./pending-handshakes.js";
import { SocketConnection } from "./socket-connection.js";
import { listenForSockets } from "./socket-listener.js";
import { open } from "./tcp.js";
import { TlsCredentials, type TlsOptions } from "./tls-credentials.js";
import { type Secured, shakeHands } from "./tls-handshake.js";
import type { ConnectionOptions, Transport } from "./transport.js";

/** TLS with these credentials, for all who do not bring others in the options of `listen` and `connect`. */
export function tlsTransport(defaults?: TlsCredentials | TlsOptions): Transport {
  const given = defaults && TlsCredentials.from(defaults);
  const credentialsOf = ({ tls }: ConnectionOptions): TlsCredentials => {
    const credentials = tls ?? given;
    if (credentials === undefined) throw new ConfigurationError("tls: certificate, key and trust are needed");
    return credentials;
  };
  return {
    kind: "tls",
    async listen(where, onConnection, options = {}) {
      const pending = new PendingHandshakes(credentialsOf(options), options);
      const onSocket = (raw: Socket): void =>
        pending.add(raw, ({ socket, security }) => {
          onConnection(new SocketConnection("tls", socket, options, { raw, security }));
        });
      return listenForSockets(where, onSocket, options, () => pending.close());
    },
    async connect(where, options = {}) {
      const handshake = {
        role: "client",
        credentials: credentialsOf(options),
        identity: options.identity,
        inband: false,
      } as const;
      const handshakeMs = (options.limits ?? defaultLimits).handshakeTimeoutMs;
      return connectToAny(where, options, async (attempt, name, address, timeoutMs) => {
        const raw = await attempt.run<Socket>(name, timeoutMs, (done) => open(address, done));
        try {
          const { socket, security } = await attempt.run<Secured>(name, handshakeMs, (done) =>
            shakeHands(raw, handshake, done),
          );
          return new SocketConnection("tls", socket, options, { raw, security });
        } catch (error) {
          // Also where the signal fired between the two steps.
          raw.destroy();
          throw error;
        }
      });
    },
  };
}

/** TLS, for nodes: each listener and peer brings its credentials. */
export const tls: Transport = /*@__PURE__*/ tlsTransport();
