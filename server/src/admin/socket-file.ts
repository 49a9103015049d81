/** A Unix socket in the file system: one server at a time, and nobody let in who is not meant to be. */
import { once } from "node:events";
import { access, chmod, lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";

export class SocketInUseError extends Error {
  readonly code = "EADDRINUSE";
  readonly syscall = "listen";
}

/** Of the socket while it is being made: its owner alone. */
const PRIVATE = 0o177;

/**
 * Listens; closing the server removes the file. A socket that a server left behind when it was killed is replaced. Rejects with a SocketInUseError
 * where somebody listens there, or where something else than a socket is there, or with the system's error.
 */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<void> {
  // libuv says EACCES of a folder that is not there.
  await access(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    error.message = `the folder of the admin socket ${path}: ${error.message}`;
    throw error;
  });
  try {
    await listen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    await removeStale(path);
    await listen(server, path);
  }
  if (mode !== 0o600) await chmod(path, mode);
}

async function listen(server: Server, path: string): Promise<void> {
  // The file is made during the call, and nobody may connect before it has its mode.
  const umask = process.umask(PRIVATE);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await once(server, "listening");
}

async function removeStale(path: string): Promise<void> {
  const before = await lstat(path).catch(() => undefined);
  if (before === undefined) return;
  if (!before.isSocket()) throw new SocketInUseError(`${path} is there, and is no socket`);
  if (await isAlive(path)) throw new SocketInUseError(`another server listens on ${path}`);
  // Unless somebody else has just replaced it.
  const after = await lstat(path).catch(() => undefined);
  if (after?.ino === before.ino && after.dev === before.dev) await unlink(path).catch(() => {});
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      // Full of others who connect: somebody listens.
      else if (error.code === "EAGAIN") resolve(true);
      else reject(error);
    });
  });
}
