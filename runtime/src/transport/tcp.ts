/** Diameter over TCP: RFC 6733 section 2.1; port 3868. */
import { connect as openSocket, type Socket } from "node:net";
import { connectToAny } from "./addresses.js";
import type { Done } from "./attempt.js";
import { SocketConnection } from "./socket-connection.js";
import { listenForSockets } from "./socket-listener.js";
import type { Connection, ConnectOptions, HostAndPort, Listener, ListenOptions, Transport } from "./transport.js";

export const tcp: Transport = { kind: "tcp", listen, connect };

function listen(
  where: HostAndPort,
  onConnection: (connection: Connection) => void,
  options: ListenOptions = {},
): Promise<Listener> {
  return listenForSockets(where, (socket) => onConnection(new SocketConnection("tcp", socket, options)), options);
}

function connect(where: HostAndPort, options: ConnectOptions = {}): Promise<Connection> {
  return connectToAny(where, options, async (attempt, name, address, timeoutMs) => {
    const socket = await attempt.run<Socket>(name, timeoutMs, (done) => open(address, done));
    return new SocketConnection("tcp", socket, options);
  });
}

/** Connects a socket; the function returned gives up. */
export function open({ host, port }: HostAndPort, done: Done<Socket>): () => void {
  const socket = openSocket({ host, port });
  const onError = (error: Error): void => done(error);
  socket.once("error", onError);
  socket.once("connect", () => {
    socket.off("error", onError);
    done(null, socket);
  });
  return () => {
    socket.off("error", onError);
    socket.on("error", () => {});
    socket.destroy();
  };
}
