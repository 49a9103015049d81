/** A command made by hand, as small as a command can be: for tests of the runtime that must not depend on generated code. */

import type { Avp } from "../../runtime/src/codec/avp.js";
import { type Header, readHeader } from "../../runtime/src/codec/header.js";
import * as input from "../../runtime/src/codec/input.js";
import * as output from "../../runtime/src/codec/output.js";
import type { ApplicationDefinition, Codec, Command, Fill, KnownAvps } from "../../runtime/src/codegen/types.js";

const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const ORIGIN_REALM = 296;
const DESTINATION_REALM = 283;
const DESTINATION_HOST = 293;
const RESULT_CODE = 268;
const USER_NAME = 1;

/** AVPs of the base protocol that the tiny grammars leave to `* [ AVP ]`. */
const BASE: KnownAvps = new Map([[0, new Map([258, 259, 279, 281, 282, 284, 33, 280].map((code) => [code, 0]))]]);

/**
 * <Tiny-Request> ::= < Session-Id > { Origin-Host } { Origin-Realm } { Destination-Realm } [ Destination-Host ] { User-Name } * [ AVP ]
 */
export interface TinyRequest {
  header: Header;
  sessionId: string;
  originHost: string;
  originRealm: string;
  destinationRealm: string;
  destinationHost: string | undefined;
  userName: string;
  avps: readonly Avp[];
}

export interface TinyRequestInit {
  readonly sessionId?: string | undefined;
  readonly destinationRealm: string;
  readonly destinationHost?: string | undefined;
  readonly userName: string;
  readonly avps?: readonly Avp[] | undefined;
}

/** <Tiny-Answer> ::= < Session-Id > { Result-Code } { Origin-Host } { Origin-Realm } { User-Name } * [ AVP ] */
export interface TinyAnswer {
  header: Header;
  sessionId: string;
  resultCode: number;
  originHost: string;
  originRealm: string;
  userName: string;
  avps: readonly Avp[];
}

export interface TinyAnswerInit {
  readonly resultCode: number;
  readonly userName: string;
  readonly avps?: readonly Avp[] | undefined;
}

type Field = readonly [
  name: string,
  code: number,
  read: (at: number, data: number, next: number, view: DataView) => unknown,
  required: boolean,
];

const HEADER = undefined as unknown as Header;

function decodeBy<T>(fields: readonly Field[]): Codec<T, never>["decode"] {
  return (view, start, end) => {
    const values: Record<string, unknown> = { header: readHeader(view, start), avps: [] };
    let at = start + 20;
    for (; at < end; ) {
      const word = end - at >= 8 ? view.getInt32(at + 4) : 0;
      const next = at + (word & 0xffffff);
      const data = word < 0 ? at + 12 : at + 8;
      if (next < data || next > end) {
        input.malformed(at);
        break;
      }
      const field = word < 0 ? undefined : fields.find(([, code]) => code === view.getUint32(at));
      if (field === undefined) values.avps = [...input.unknown([], at, next), ...(values.avps as Avp[])];
      else if (values[field[0]] !== undefined) input.repeated(at);
      else values[field[0]] = field[2](at, data, next, view);
      at = (next + 3) & ~3;
    }
    values.avps = (values.avps as Avp[]).reverse();
    for (const [name, code, , required] of fields)
      if (required && values[name] === undefined) input.missing(start + 20, 1, [code, 0, code === RESULT_CODE ? 4 : 0]);
    return values as T;
  };
}

function unsigned32(at: number, data: number, next: number, view: DataView): number {
  if (next - data === 4) return view.getUint32(data);
  input.malformed(at);
  return 0;
}

const REQUEST: readonly Field[] = [
  ["sessionId", SESSION_ID, input.text, true],
  ["originHost", ORIGIN_HOST, input.identity, true],
  ["originRealm", ORIGIN_REALM, input.identity, true],
  ["destinationRealm", DESTINATION_REALM, input.identity, true],
  ["destinationHost", DESTINATION_HOST, input.identity, false],
  ["userName", USER_NAME, input.text, true],
];

const ANSWER: readonly Field[] = [
  ["sessionId", SESSION_ID, input.text, true],
  ["resultCode", RESULT_CODE, unsigned32, true],
  ["originHost", ORIGIN_HOST, input.identity, true],
  ["originRealm", ORIGIN_REALM, input.identity, true],
  ["userName", USER_NAME, input.text, true],
];

const M = 0x40;

const request: Codec<TinyRequest, TinyRequestInit> = {
  name: "tiny.TinyRequest",
  decode: decodeBy<TinyRequest>(REQUEST),
  encode(message, at) {
    let o = output.text(at, SESSION_ID, M, message.sessionId);
    o = output.text(o, ORIGIN_HOST, M, message.originHost);
    o = output.text(o, ORIGIN_REALM, M, message.originRealm);
    o = output.text(o, DESTINATION_REALM, M, message.destinationRealm);
    if (message.destinationHost !== undefined) o = output.text(o, DESTINATION_HOST, M, message.destinationHost);
    o = output.text(o, USER_NAME, M, message.userName);
    return output.others(o, message.avps);
  },
  create: (init, fill: Fill) => ({
    header: HEADER,
    sessionId: init.sessionId ?? fill.sessionId,
    originHost: fill.originHost,
    originRealm: fill.originRealm,
    destinationRealm: init.destinationRealm,
    destinationHost: init.destinationHost,
    userName: init.userName,
    avps: init.avps ?? [],
  }),
};

const answer: Codec<TinyAnswer, TinyAnswerInit> = {
  name: "tiny.TinyAnswer",
  decode: decodeBy<TinyAnswer>(ANSWER),
  encode(message, at) {
    let o = output.text(at, SESSION_ID, M, message.sessionId);
    o = output.u32(o, RESULT_CODE, M, message.resultCode);
    o = output.text(o, ORIGIN_HOST, M, message.originHost);
    o = output.text(o, ORIGIN_REALM, M, message.originRealm);
    o = output.text(o, USER_NAME, M, message.userName);
    return output.others(o, message.avps);
  },
  create: (init, fill: Fill) => ({
    header: HEADER,
    sessionId: fill.sessionId,
    resultCode: init.resultCode,
    originHost: fill.originHost,
    originRealm: fill.originRealm,
    userName: init.userName,
    avps: [...(init.avps ?? []), ...(fill.proxyInfo ?? [])],
  }),
};

/** Application 16777999, command 8388000: of nobody. */
export const tinyApplication: ApplicationDefinition = {
  name: "tiny",
  id: 16_777_999,
  kind: "auth",
  vendorId: 0,
  avps: [BASE],
};

/** A second application, so that some have nothing in common. */
export const otherApplication: ApplicationDefinition = {
  ...tinyApplication,
  name: "other",
  id: 16_777_998,
  kind: "acct",
};

export const tiny: Command<TinyRequest, TinyRequestInit, TinyAnswer, TinyAnswerInit> = {
  name: "Tiny",
  code: 8_388_000,
  application: tinyApplication,
  proxiable: true,
  request,
  answer,
};
