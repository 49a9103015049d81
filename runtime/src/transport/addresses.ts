/** From a host name to the first of its addresses where a connection can be made. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { AbortedError, type DiameterError, TransportError } from "../errors.js";
import { defaultLimits } from "../limits.js";
import { Attempt, type Done } from "./attempt.js";
import type { ConnectOptions, HostAndPort } from "./transport.js";

/** One address: `name` is "192.0.2.1:3868", for messages. */
export type OpenAddress<T> = (attempt: Attempt, name: string, address: HostAndPort, timeoutMs: number) => Promise<T>;

/**
 * Tries all addresses of the host in the order of the lookup, IPv4 and IPv6 as they come, until one opens.
 *
 * @throws {TransportError} none did; `cause` says why, for each
 * @throws {AbortedError} the signal fired
 */
export async function connectToAny<T>(where: HostAndPort, options: ConnectOptions, open: OpenAddress<T>): Promise<T> {
  const attempt = new Attempt(options);
  const timeoutMs = options.timeoutMs ?? (options.limits ?? defaultLimits).connectTimeoutMs;
  const errors: DiameterError[] = [];
  const note = (error: unknown): void => {
    if (error instanceof AbortedError) throw error;
    errors.push(error as DiameterError);
  };
  let addresses = [where.host];
  if (!isIP(where.host)) {
    addresses = [];
    const resolve = (done: Done<readonly string[]>): (() => void) =>
      resolveHost(options.lookup ?? systemLookup, where.host, done);
    await attempt.run(`the name ${where.host}`, timeoutMs, resolve).then((found) => addresses.push(...found), note);
  }
  for (const host of addresses) {
    const address = { host, port: where.port };
    try {
      return await open(attempt, name(address), address, timeoutMs);
    } catch (error) {
      note(error);
    }
  }
  const [first, second] = errors;
  if (first === undefined) throw failure(where, new Error("the name has no address"));
  if (second === undefined) throw failure(where, first.cause instanceof Error ? first.cause : first);
  throw failure(where, new AggregateError(errors, errors.map(({ message }) => message).join("; ")));
}

function failure(where: HostAndPort, cause: Error): TransportError {
  return new TransportError(`cannot connect to ${name(where)}: ${cause.message}`, cause);
}

async function systemLookup(host: string): Promise<string[]> {
  const addresses = await lookup(host, { all: true, verbatim: true });
  return addresses.map(({ address }) => address);
}

function resolveHost(
  resolve: (host: string) => Promise<readonly string[]>,
  host: string,
  done: Done<readonly string[]>,
): () => void {
  resolve(host).then((addresses) => done(null, addresses), done);
  // A lookup cannot be called back: what it says later settles nothing any more.
  return () => {};
}

/** For messages: "192.0.2.1:3868", "[2001:db8::1]:3868". */
export function name({ host, port }: HostAndPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
