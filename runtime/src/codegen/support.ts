/** Small things that every generated module shares. */
import type { Avp } from "../codec/avp.js";
import { NONE } from "../codec/input.js";
import type { Fill } from "./types.js";

/** Goes up when generated code of before cannot run on this runtime any more. */
export const CODEGEN_VERSION = 3;

/** Refuses, at load and in plain words, code that was generated for another runtime. */
export function requireCodegen(version: number, application: string): void {
  if (version === CODEGEN_VERSION) return;
  throw new Error(
    `application "${application}" was generated for codegen version ${version}, @diamgen/runtime has ${CODEGEN_VERSION}: ` +
      (version > CODEGEN_VERSION ? "update @diamgen/runtime" : "run diamgen generate again"),
  );
}

/** A copy: neither the caller's later changes nor a decoded message's array get into the new message. */
export function list<T>(values: readonly T[] | undefined): readonly T[] {
  return values === undefined || values.length === 0 ? NONE : values.slice();
}

export function listOf<T, Init>(values: readonly Init[] | undefined, create: (init: Init) => T): readonly T[] {
  if (values === undefined || values.length === 0) return NONE;
  const made: T[] = [];
  for (let i = 0; i < values.length; i++) made.push(create(values[i] as Init));
  return made;
}

/** RFC 6733 section 6.2: an answer takes over the Proxy-Info AVPs of its request, in their order, unless the caller gives its own. */
export function withProxyInfo(
  avps: readonly Avp[] | undefined,
  own: readonly unknown[] | undefined,
  fill: Fill,
): readonly Avp[] {
  const given = list(avps);
  if (own !== undefined || fill.proxyInfo === undefined || fill.proxyInfo.length === 0) return given;
  return [...given, ...fill.proxyInfo];
}
