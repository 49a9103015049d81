/** Messages between peers, never routed: RFC 6733 sections 5.3 (CER/CEA), 5.4 (DPR/DPA) and 5.5 (DWR/DWA). */
import type { Avp } from "../codec/avp.js";
import type { Address } from "../codec/data/address.js";
import { MAX_FAILED_AVP_BYTES } from "../codec/failed-avp.js";
import { CommandFlag, Header } from "../codec/header.js";
import type { Issue } from "../codec/issue.js";
import { RawMessage } from "../codec/raw-message.js";
import type { KnownAvps } from "../codegen/types.js";
import { applicationIdsIssue } from "./application-ids.js";
import { AvpCode } from "./base-avps.js";
import {
  ADDRESS,
  AVPS,
  type BaseDecoded,
  decodeFields,
  type Field,
  field,
  grouped,
  IDENTITY,
  TEXT,
  U32,
  writeFields,
} from "./base-codec.js";

/** Command codes: RFC 6733 section 3.1. All three stand under Application-Id 0. */
export const CommandCode = { CAPABILITIES_EXCHANGE: 257, DEVICE_WATCHDOG: 280, DISCONNECT_PEER: 282 } as const;

/** Disconnect-Cause: RFC 6733 section 5.4.3. */
export const DisconnectCause = { REBOOTING: 0, BUSY: 1, DO_NOT_WANT_TO_TALK_TO_YOU: 2 } as const;

/** Exactly one of the two ids: RFC 6733 section 6.11. */
export interface VendorSpecificApplicationId {
  readonly vendorId: number;
  readonly authApplicationId?: number | undefined;
  readonly acctApplicationId?: number | undefined;
}

/** What CER and CEA both say. */
export interface Capabilities {
  readonly originHost: string;
  readonly originRealm: string;
  /** Text, "192.0.2.1" or "2001:db8::1"; octets for a family other than IP. */
  readonly hostIpAddress: readonly Address[];
  readonly vendorId: number;
  readonly productName: string;
  readonly originStateId?: number | undefined;
  readonly supportedVendorId: readonly number[];
  readonly authApplicationId: readonly number[];
  readonly inbandSecurityId: readonly number[];
  readonly acctApplicationId: readonly number[];
  readonly vendorSpecificApplicationId: readonly VendorSpecificApplicationId[];
  readonly firmwareRevision?: number | undefined;
}

/** The part of an answer that says how it went. */
export interface Outcome {
  readonly resultCode: number;
  readonly errorMessage?: string | undefined;
  /** The AVPs in Failed-AVP. */
  readonly failedAvp?: readonly Avp[] | undefined;
}

export interface Origin {
  readonly originHost: string;
  readonly originRealm: string;
  readonly originStateId?: number | undefined;
}

export type CapabilitiesExchangeRequest = Capabilities;
export type CapabilitiesExchangeAnswer = Capabilities & Outcome;
export type DeviceWatchdogRequest = Origin;
export type DeviceWatchdogAnswer = Origin & Outcome;
export interface DisconnectPeerRequest {
  readonly originHost: string;
  readonly originRealm: string;
  readonly disconnectCause: number;
}
export type DisconnectPeerAnswer = Omit<Origin, "originStateId"> & Outcome;

const ORIGIN = [
  field("originHost", AvpCode.ORIGIN_HOST, IDENTITY),
  field("originRealm", AvpCode.ORIGIN_REALM, IDENTITY),
];
const STATE = field("originStateId", AvpCode.ORIGIN_STATE_ID, U32, "?");
const RESULT = field("resultCode", AvpCode.RESULT_CODE, U32);
const ERROR = [
  field("errorMessage", AvpCode.ERROR_MESSAGE, TEXT, "?", 0),
  field("failedAvp", AvpCode.FAILED_AVP, AVPS, "?"),
];
const VENDOR_SPECIFIC = grouped([
  // RFC 3588 had 1*; a peer of that age may send several, and the value decides nothing (RFC 6733 section 5.3).
  field("vendorIds", AvpCode.VENDOR_ID, U32, "+"),
  field("authApplicationId", AvpCode.AUTH_APPLICATION_ID, U32, "?"),
  field("acctApplicationId", AvpCode.ACCT_APPLICATION_ID, U32, "?"),
]);
const CAPABILITIES = [
  ...ORIGIN,
  field("hostIpAddress", AvpCode.HOST_IP_ADDRESS, ADDRESS, "+"),
  field("vendorId", AvpCode.VENDOR_ID, U32),
  field("productName", AvpCode.PRODUCT_NAME, TEXT, "", 0),
  STATE,
];
const APPLICATIONS = [
  field("supportedVendorId", AvpCode.SUPPORTED_VENDOR_ID, U32, "*"),
  field("authApplicationId", AvpCode.AUTH_APPLICATION_ID, U32, "*"),
  field("inbandSecurityId", AvpCode.INBAND_SECURITY_ID, U32, "*"),
  field("acctApplicationId", AvpCode.ACCT_APPLICATION_ID, U32, "*"),
  field("vendorSpecificApplicationId", AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, VENDOR_SPECIFIC, "*"),
  field("firmwareRevision", AvpCode.FIRMWARE_REVISION, U32, "?", 0),
];
const CER = [...CAPABILITIES, ...APPLICATIONS];
const CEA = [RESULT, ...CAPABILITIES, ...ERROR, ...APPLICATIONS];
const DWR = [...ORIGIN, STATE];
const DWA = [RESULT, ...ORIGIN, ...ERROR, STATE];
const DPR = [...ORIGIN, field("disconnectCause", AvpCode.DISCONNECT_CAUSE, U32)];
const DPA = [RESULT, ...ORIGIN, ...ERROR];
const ANSWER_MESSAGE = [...ORIGIN, RESULT, STATE, ...ERROR];

type WithVendorIds = {
  readonly vendorSpecificApplicationId?: readonly (VendorSpecificApplicationId & { vendorIds?: number[] })[];
};

function decodeCapabilities<T extends Capabilities>(
  fields: readonly Field[],
  raw: RawMessage,
  known: readonly KnownAvps[],
  maxFailedAvpBytes: number,
): BaseDecoded<T> {
  const decoded = decodeFields<T>(fields, raw, known, maxFailedAvpBytes);
  const groups = (decoded.message as WithVendorIds).vendorSpecificApplicationId ?? [];
  const message = {
    ...decoded.message,
    vendorSpecificApplicationId: groups.map(({ vendorIds, authApplicationId, acctApplicationId }) => ({
      vendorId: vendorIds?.[0] ?? 0,
      authApplicationId,
      acctApplicationId,
    })),
  } as unknown as T;
  if (!decoded.ok) return { ok: false, message, issues: decoded.issues };
  const issue = vendorSpecificIssue(message, raw);
  return issue === undefined ? { ok: true, message } : { ok: false, message, issues: [issue] };
}

/** RFC 6733 section 6.11, of the first group that is wrong. */
function vendorSpecificIssue(message: Capabilities, raw: RawMessage): Issue | undefined {
  for (const [index, ids] of message.vendorSpecificApplicationId.entries()) {
    const issue = applicationIdsIssue(ids, 0);
    if (issue !== undefined) return { ...issue, offset: nth(raw, index) - raw.start };
  }
  return undefined;
}

function nth(raw: RawMessage, index: number): number {
  let at = raw.find(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID);
  for (let i = 0; i < index && at >= 0; i++) {
    const length = raw.view.getUint32(at + 4) & 0xffffff;
    at = raw.find(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, 0, at + ((length + 3) & ~3));
  }
  return at;
}

/** Each of these: `known` are further AVPs that may carry the M bit, `maxFailedAvpBytes` is the limit of that name. */
export function decodeCER(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<CapabilitiesExchangeRequest> {
  return decodeCapabilities(CER, raw, known, maxFailedAvpBytes);
}
export function decodeCEA(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<CapabilitiesExchangeAnswer> {
  return decodeCapabilities(CEA, raw, known, maxFailedAvpBytes);
}
export function decodeDWR(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<DeviceWatchdogRequest> {
  return decodeFields(DWR, raw, known, maxFailedAvpBytes);
}
export function decodeDWA(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<DeviceWatchdogAnswer> {
  return decodeFields(DWA, raw, known, maxFailedAvpBytes);
}
export function decodeDPR(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<DisconnectPeerRequest> {
  return decodeFields(DPR, raw, known, maxFailedAvpBytes);
}
export function decodeDPA(
  raw: RawMessage,
  known: readonly KnownAvps[] = [],
  maxFailedAvpBytes: number = MAX_FAILED_AVP_BYTES,
): BaseDecoded<DisconnectPeerAnswer> {
  return decodeFields(DPA, raw, known, maxFailedAvpBytes);
}

/** Hop-by-Hop and End-to-End Identifier of a message: a request's own, or those of the request that is answered. */
export interface Identifiers {
  readonly hopByHop: number;
  readonly endToEnd: number;
}

function request(code: number, fields: readonly Field[], values: object, ids: Identifiers): RawMessage {
  // Not proxiable: these go to the peer and no further.
  const header = new Header(CommandFlag.REQUEST, code, 0, ids.hopByHop, ids.endToEnd);
  return RawMessage.of(header, writeFields(fields, values as Record<string, unknown>));
}

function answer(code: number, fields: readonly Field[], values: Outcome, ids: Identifiers): RawMessage {
  // RFC 6733 section 7.1.3: protocol errors stand in answers with the E bit only, which have a grammar of their own (section 7.2).
  const protocolError = Math.trunc(values.resultCode / 1000) === 3;
  const header = new Header(protocolError ? CommandFlag.ERROR : 0, code, 0, ids.hopByHop, ids.endToEnd);
  const grammar = protocolError ? ANSWER_MESSAGE : fields;
  return RawMessage.of(header, writeFields(grammar, values as unknown as Record<string, unknown>));
}

function withVendorIds(capabilities: Capabilities): Record<string, unknown> {
  const groups = capabilities.vendorSpecificApplicationId.map((group) => ({ ...group, vendorIds: [group.vendorId] }));
  return { ...capabilities, vendorSpecificApplicationId: groups };
}

export function encodeCER(message: CapabilitiesExchangeRequest, ids: Identifiers): RawMessage {
  return request(CommandCode.CAPABILITIES_EXCHANGE, CER, withVendorIds(message), ids);
}
export function encodeCEA(message: CapabilitiesExchangeAnswer, ids: Identifiers): RawMessage {
  return answer(CommandCode.CAPABILITIES_EXCHANGE, CEA, withVendorIds(message) as unknown as Outcome, ids);
}
export function encodeDWR(message: DeviceWatchdogRequest, ids: Identifiers): RawMessage {
  return request(CommandCode.DEVICE_WATCHDOG, DWR, message, ids);
}
export function encodeDWA(message: DeviceWatchdogAnswer, ids: Identifiers): RawMessage {
  return answer(CommandCode.DEVICE_WATCHDOG, DWA, message, ids);
}
export function encodeDPR(message: DisconnectPeerRequest, ids: Identifiers): RawMessage {
  return request(CommandCode.DISCONNECT_PEER, DPR, message, ids);
}
export function encodeDPA(message: DisconnectPeerAnswer, ids: Identifiers): RawMessage {
  return answer(CommandCode.DISCONNECT_PEER, DPA, message, ids);
}

/** The outcome that the first issue asks for: RFC 6733 section 7, "report only the first error". */
export function outcomeOf(issues: readonly [Issue, ...Issue[]]): Outcome {
  const [{ resultCode, message, failedAvp }] = issues;
  return { resultCode, errorMessage: message, failedAvp: failedAvp === undefined ? undefined : [failedAvp] };
}
