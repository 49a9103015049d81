/** What differs between two configurations, and what of it can change while the server runs. */
import { ConfigurationError } from "@diamgen/runtime";
import type { z } from "zod";
import { type Config, configSchema } from "../config/schema/index.js";
import { objectOf, pathText, unwrap } from "../config/schema/walk.js";

export interface Changes {
  /** Settings that come into force, as "logging.level". */
  readonly reloaded: readonly string[];
  /** Settings that keep their old value until the server is started again. */
  readonly restart: readonly string[];
}

export function changesBetween(before: Config, after: Config): Changes {
  const reloaded: string[] = [];
  const restart: string[] = [];
  const visit = (schema: z.ZodType, a: unknown, b: unknown, path: readonly string[], reload: boolean): void => {
    if (equal(a, b)) return;
    const { schema: here, info } = unwrap(schema);
    const live = reload || info?.reload === true;
    const object = objectOf(here, b);
    if (object === undefined || !isObject(a) || !isObject(b)) {
      (live ? reloaded : restart).push(pathText(path));
      return;
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const inner = object.shape[key] as z.ZodType | undefined;
      if (inner !== undefined) visit(inner, a[key], b[key], [...path, key], live);
    }
  };
  visit(configSchema, before, after, [], false);
  return { reloaded, restart };
}

/** @throws {ConfigurationError} what is wanted cannot come into force while the server runs, and could not be left out */
export function checkReload(before: Config, after: Config): void {
  if ((after.tls === undefined) !== (before.tls === undefined))
    throw new ConfigurationError("to begin or to end with TLS takes a restart");
}

/** What is in force after a reload: of what takes a restart, the settings before. */
export function reloaded(before: Config, after: Config): Config {
  const { accept, acceptSecured, peers, tls, registration, shutdown, dictionaries, logging } = after;
  const { answerWithinMs, revealUnknownUser, onReject } = after.authentication;
  return {
    ...before,
    ...{ accept, acceptSecured, peers, tls, registration, shutdown, dictionaries },
    // Nonces and failures are kept while the server runs: their settings take a restart.
    authentication: { ...before.authentication, answerWithinMs, revealUnknownUser, onReject },
    logging: { ...before.logging, level: logging.level },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false;
  return keys.every((key) => equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
