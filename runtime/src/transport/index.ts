export { everyOctet, type MemoryOptions, MemoryTransport, memoryPair } from "./memory.js";
export { SocketConnection } from "./socket-connection.js";
export { tcp } from "./tcp.js";
export type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  ConnectOptions,
  Endpoint,
  HostAndPort,
  Listener,
  Transport,
  TransportKind,
} from "./transport.js";
