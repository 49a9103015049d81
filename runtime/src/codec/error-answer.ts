/**
 * RFC 6733 section 7.2:
 *
 *   <answer-message> ::= < Diameter Header: code, ERR [, PXY] >
 *                     0*1< Session-Id >
 *                        { Origin-Host }
 *                        { Origin-Realm }
 *                        { Result-Code }
 *                        [ Origin-State-Id ]
 *                        [ Error-Message ]
 *                        [ Error-Reporting-Host ]
 *                        [ Failed-AVP ]
 *                        [ Experimental-Result ]
 *                      * [ Proxy-Info ]
 *                      * [ AVP ]
 */
import { Avp, AvpFlag, avpLength, encodeAvps } from "./avp.js";
import { CommandFlag, Header } from "./header.js";
import { decodeAvps, RawMessage } from "./raw-message.js";

const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const VENDOR_ID = 266;
const RESULT_CODE = 268;
const ORIGIN_STATE_ID = 278;
const FAILED_AVP = 279;
const ERROR_MESSAGE = 281;
const PROXY_INFO = 284;
const ERROR_REPORTING_HOST = 294;
const ORIGIN_REALM = 296;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;

/** Experimental-Result: RFC 6733 section 7.6. */
export interface ExperimentalResult {
  readonly vendorId: number;
  readonly experimentalResultCode: number;
}

/** What an error answer says, beside what it takes from its request. */
export interface ErrorAnswerInit {
  readonly originHost: string;
  readonly originRealm: string;
  /** 0 where Experimental-Result stands in its place. */
  readonly resultCode: number;
  readonly originStateId?: number | undefined;
  readonly errorMessage?: string | undefined;
  /** The node that found the error, where it is not Origin-Host: RFC 6733 section 7.4. */
  readonly errorReportingHost?: string | undefined;
  /** What goes inside Failed-AVP: RFC 6733 section 7.5. */
  readonly failedAvp?: readonly Avp[] | undefined;
  readonly experimentalResult?: ExperimentalResult | undefined;
  /** Further AVPs: Redirect-Host and its like. */
  readonly avps?: readonly Avp[] | undefined;
}

/**
 * The E bit where this Result-Code stands in an answer of the grammar below, and not of its command's: a 3xxx has it (RFC 6733 section
 * 7.1.3), a 5xxx too, for without it the command's own grammar would be expected (7.1.5, 7.2); a 4xxx never has (7.1.4).
 */
export function errorBit(resultCode: number): number {
  const family = Math.trunc(resultCode / 1000);
  return family === 3 || family === 5 ? CommandFlag.ERROR : 0;
}

/** The answer that reports an error: one grammar for all commands (RFC 6733 section 7.2), which the E bit announces: see `errorBit`. */
export class ErrorAnswer {
  header: Header;
  sessionId: string | undefined;
  /** "" where it could not be read. */
  originHost: string;
  /** "" where it could not be read. */
  originRealm: string;
  /** 0 where there is none, or none that could be read: see `experimentalResult`. */
  resultCode: number;
  originStateId: number | undefined;
  errorMessage: string | undefined;
  errorReportingHost: string | undefined;
  /** The AVPs inside Failed-AVP, raw: they are there because somebody could not read them. */
  failedAvp: readonly Avp[];
  experimentalResult: ExperimentalResult | undefined;
  /** Proxy-Info AVPs, whole, in order. */
  proxyInfo: readonly Avp[];
  /** All others, and those that could not be read, in order. */
  avps: readonly Avp[];

  constructor(header: Header, init: ErrorAnswerInit, sessionId?: string | undefined, proxyInfo: readonly Avp[] = []) {
    this.header = header;
    this.sessionId = sessionId;
    this.originHost = init.originHost;
    this.originRealm = init.originRealm;
    this.resultCode = init.resultCode;
    this.originStateId = init.originStateId;
    this.errorMessage = init.errorMessage;
    this.errorReportingHost = init.errorReportingHost;
    this.failedAvp = init.failedAvp ?? [];
    this.experimentalResult = init.experimentalResult;
    this.proxyInfo = proxyInfo;
    this.avps = init.avps ?? [];
  }

  /**
   * The error answer to a request: its command, application, identifiers, P bit, Session-Id and Proxy-Info (RFC 6733 section 6.2), the
   * E bit for 3xxx and 5xxx (sections 7.1.3 and 7.1.5). From a header alone, Session-Id and Proxy-Info are missing.
   */
  static to(request: RawMessage | Header, init: ErrorAnswerInit): ErrorAnswer {
    const header = new Header(
      (request.flags & CommandFlag.PROXIABLE) | errorBit(init.resultCode),
      request.commandCode,
      request.applicationId,
      request.hopByHop,
      request.endToEnd,
    );
    if (!(request instanceof RawMessage)) return new ErrorAnswer(header, init);
    const sessionId = request.avp(SESSION_ID);
    return new ErrorAnswer(header, init, sessionId && readText(sessionId.data), request.avpsOf(PROXY_INFO));
  }

  /** Reads an answer of any command as an error answer. Never throws: what cannot be read is left out, and stays in `avps`. */
  static decode(raw: RawMessage): ErrorAnswer {
    const found: { sessionId?: string } = {};
    const failedAvp: Avp[] = [];
    const proxyInfo: Avp[] = [];
    const avps: Avp[] = [];
    for (const avp of raw.avps()) {
      if (avp.vendorId !== 0) avps.push(avp);
      else if (avp.code === FAILED_AVP) readFailedAvp(avp.data, failedAvp);
      else if (avp.code === PROXY_INFO) proxyInfo.push(avp);
      else if (!readInto(found, avp)) avps.push(avp);
    }
    const header = new Header(raw.flags, raw.commandCode, raw.applicationId, raw.hopByHop, raw.endToEnd);
    const init = { originHost: "", originRealm: "", resultCode: 0, ...found, failedAvp, avps };
    return new ErrorAnswer(header, init, found.sessionId, proxyInfo);
  }

  /** The answer as it goes out, in the order of RFC 6733 section 7.2. */
  encode(): RawMessage {
    const avps: Avp[] = [];
    if (this.sessionId !== undefined) avps.push(text(SESSION_ID, this.sessionId));
    avps.push(text(ORIGIN_HOST, this.originHost), text(ORIGIN_REALM, this.originRealm));
    const result = this.experimentalResult;
    if (this.resultCode !== 0 || result === undefined) avps.push(unsigned32(RESULT_CODE, this.resultCode));
    if (this.originStateId !== undefined) avps.push(unsigned32(ORIGIN_STATE_ID, this.originStateId));
    if (this.errorMessage !== undefined) avps.push(text(ERROR_MESSAGE, this.errorMessage, 0));
    if (this.errorReportingHost !== undefined) avps.push(text(ERROR_REPORTING_HOST, this.errorReportingHost, 0));
    if (this.failedAvp.length > 0) avps.push(mandatory(FAILED_AVP, encodeAvps(this.failedAvp)));
    if (result !== undefined) {
      const { vendorId, experimentalResultCode: code } = result;
      const members = [unsigned32(VENDOR_ID, vendorId), unsigned32(EXPERIMENTAL_RESULT_CODE, code)];
      avps.push(mandatory(EXPERIMENTAL_RESULT, encodeAvps(members)));
    }
    return RawMessage.of(this.header, avps.concat(this.proxyInfo, this.avps));
  }
}

type Field = "sessionId" | Exclude<keyof ErrorAnswerInit, "failedAvp" | "avps">;

const fields: { readonly [code: number]: readonly [Field, (data: Uint8Array) => unknown] } = {
  [SESSION_ID]: ["sessionId", readText],
  [ORIGIN_HOST]: ["originHost", readText],
  [ORIGIN_REALM]: ["originRealm", readText],
  [RESULT_CODE]: ["resultCode", readUnsigned32],
  [ORIGIN_STATE_ID]: ["originStateId", readUnsigned32],
  [ERROR_MESSAGE]: ["errorMessage", readText],
  [ERROR_REPORTING_HOST]: ["errorReportingHost", readText],
  [EXPERIMENTAL_RESULT]: ["experimentalResult", readExperimentalResult],
};

/** Takes the value of an AVP of vendor 0; false where it is none of ours, is there already, or cannot be read. */
function readInto(found: { [field in Field]?: unknown }, avp: Avp): boolean {
  const [field, read] = fields[avp.code] ?? [];
  if (field === undefined || read === undefined || found[field] !== undefined) return false;
  const value = read(avp.data);
  if (value !== undefined) found[field] = value;
  return value !== undefined;
}

function readExperimentalResult(data: Uint8Array): ExperimentalResult | undefined {
  let vendorId: number | undefined;
  let experimentalResultCode: number | undefined;
  for (const avp of decodeAvps(data)) {
    if (avp.vendorId !== 0) continue;
    if (avp.code === VENDOR_ID) vendorId ??= readUnsigned32(avp.data);
    if (avp.code === EXPERIMENTAL_RESULT_CODE) experimentalResultCode ??= readUnsigned32(avp.data);
  }
  if (vendorId === undefined || experimentalResultCode === undefined) return undefined;
  return { vendorId, experimentalResultCode };
}

/** An AVP whose length is impossible is often the very one that is reported: it comes last, with all that is left as its data. */
function readFailedAvp(data: Uint8Array, into: Avp[]): void {
  let at = 0;
  for (const avp of decodeAvps(data)) {
    into.push(avp);
    at += avpLength(avp);
  }
  if (data.length - at < 8) return;
  const view = new DataView(data.buffer, data.byteOffset + at, data.length - at);
  const flags = view.getUint8(4);
  const header = flags & AvpFlag.VENDOR && view.byteLength >= 12 ? 12 : 8;
  const rest = Uint8Array.prototype.slice.call(data, at + header);
  into.push(new Avp(view.getUint32(0), header === 12 ? view.getUint32(8) : 0, flags, rest));
}

const decoder = /*@__PURE__*/ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /*@__PURE__*/ new TextEncoder();

function readText(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch {
    return undefined;
  }
}

function readUnsigned32(data: Uint8Array): number | undefined {
  return data.length === 4 ? new DataView(data.buffer, data.byteOffset, 4).getUint32(0) : undefined;
}

function mandatory(code: number, data: Uint8Array): Avp {
  return new Avp(code, 0, AvpFlag.MANDATORY, data);
}

function text(code: number, value: string, flags: number = AvpFlag.MANDATORY): Avp {
  return new Avp(code, 0, flags, octetsOf(value));
}

/** Names and words of ours are short and ASCII, for which TextEncoder is slow. */
function octetsOf(value: string): Uint8Array {
  const { length } = value;
  if (length > 64) return encoder.encode(value);
  const octets = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const character = value.charCodeAt(i);
    if (character > 0x7f) return encoder.encode(value);
    octets[i] = character;
  }
  return octets;
}

function unsigned32(code: number, value: number): Avp {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value);
  return mandatory(code, data);
}
