/** The server's log: pino, with everything cut out that could help to log in as somebody. */

import pino, {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  type LoggerOptions,
} from "pino";
import { printable } from "./printable.js";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface LogOptions {
  /** Default "info". */
  readonly level?: LogLevel | undefined;
  /** Lines for people rather than JSON. Default false. */
  readonly pretty?: boolean | undefined;
  /** Default: standard error, standard output being for data. */
  readonly destination?: DestinationStream | undefined;
}

/** In place of a secret. */
export const REDACTED = "[redacted]";

/**
 * Makes the root logger. Secrets are redacted at any depth, in child bindings too, by property name: passwords, every
 * ha1 column, digest responses, and the values of AVPs of such a name. Message texts are not searched: put values in the
 * object, never in the text.
 */
export function createLogger(options: LogOptions = {}): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (object) => redact(object) as Record<string, unknown>,
    },
  };
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  return redactBindings(pino(settings, options.pretty === true ? prettyStream(destination) : destination));
}

type Child = (this: Logger, bindings: Bindings, options?: ChildLoggerOptions) => Logger;

/** pino's formatters do not see what a child is made with. Children inherit these two methods. */
function redactBindings(logger: Logger): Logger {
  const setBindings = logger.setBindings;
  const child = logger.child as unknown as Child;
  return Object.assign(logger, {
    child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions) {
      return child.call(this, redact(bindings) as Bindings, options);
    },
    setBindings(this: Logger, bindings: Bindings) {
      setBindings.call(this, redact(bindings) as Bindings);
    },
  });
}

/** password, dbPassword, passwd, ha1, ha1_sha256, ha1Sha256, Digest-HA1, response, Digest-Response, digestResponse. */
const SECRET = /^(?:.*passw(?:or)?d|(?:digest[-_]?)?ha1.*|(?:digest[-_]?)?response|secret.*)$/i;

const MAX_DEPTH = 16;

/** A copy without secrets. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "[...]";
  // Errors go through pino's own serializer; octets and dates have no properties to look at.
  if (value instanceof Error || ArrayBuffer.isView(value) || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((element) => redact(element, depth + 1));
  const avpName = (value as { name?: unknown }).name;
  const secretAvp = typeof avpName === "string" && SECRET.test(avpName);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const secret = (SECRET.test(key) && typeof inner !== "boolean") || (secretAvp && key === "value");
      return [key, secret ? REDACTED : redact(inner, depth + 1)];
    }),
  );
}

/** "12:34:56.789 INFO  what happened  key=value ..." */
function prettyStream(destination: DestinationStream): DestinationStream {
  return {
    write(line: string): void {
      destination.write(prettyLine(line));
    },
  };
}

function prettyLine(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${fieldText(value)}`);
  const clock = String(time).slice(11, 23);
  return `${printable([clock, String(level).toUpperCase().padEnd(5), String(msg ?? ""), ...fields].join(" ").trimEnd())}\n`;
}

function fieldText(value: unknown): string {
  return typeof value === "string" && /^[\w.:@;/+-]+$/.test(value) ? value : JSON.stringify(value);
}
