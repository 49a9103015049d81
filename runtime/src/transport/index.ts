export { everyOctet, type MemoryOptions, MemoryTransport, memoryPair } from "./memory.js";
export type { ConnectionSecurity, PeerCertificate, SecurityInfo } from "./security.js";
export { SocketConnection } from "./socket-connection.js";
export { tcp } from "./tcp.js";
export { tls, tlsTransport } from "./tls.js";
export { TlsCredentials, type TlsOptions } from "./tls-credentials.js";
export type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  ConnectOptions,
  Endpoint,
  HostAndPort,
  Listener,
  ListenOptions,
  Transport,
  TransportKind,
} from "./transport.js";
