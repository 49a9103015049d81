/** The messages that a peer and its node exchange between themselves: writes ours, reads theirs, knows which answers are waited for. */
import type { RawMessage } from "../codec/raw-message.js";
import { SUCCESS as DIAMETER_SUCCESS } from "../codec/result-code.js";
import type { KnownAvps } from "../codegen/types.js";
import type { Connection } from "../transport/transport.js";
import {
  type Capabilities,
  CommandCode,
  decodeCEA,
  decodeDPR,
  decodeDWR,
  encodeCEA,
  encodeCER,
  encodeDPA,
  encodeDPR,
  encodeDWA,
  encodeDWR,
  type Identifiers,
  type Outcome,
  outcomeOf,
} from "./base-messages.js";
import type { LocalCapabilities } from "./capabilities.js";
import { sameIdentity } from "./election.js";
import { agreed, agreesTls, ceaProblem, offered } from "./inband.js";
import type { Link } from "./link.js";
import type { CloseReason } from "./peer-types.js";

export interface BaseExchangeHost {
  readonly local: LocalCapabilities;
  readonly known: readonly KnownAvps[];
  readonly limits: { readonly maxFailedAvpBytes: number };
  nextEndToEnd(): number;
}

/** Who a CEA may be from. */
export interface Expected {
  readonly originHost: string | undefined;
  readonly originRealm: string | undefined;
  /** A reason where the peer must not be who it says. */
  identify(originHost: string): string | undefined;
}

/** What was received, in the words of the peer state machine; `reason`: why the connection ends by it, where it does. */
export interface Received {
  readonly kind: "cer" | "cea" | "nonCea" | "dwr" | "dwa" | "dpr" | "dpa";
  readonly reason?: CloseReason | undefined;
}

/** What is known of a connection. */
interface Exchanges {
  /** The peer's CER or CEA. */
  capabilities?: Capabilities;
  /** Its CER, which our CEA answers. */
  cer?: Identifiers;
  /** Requests of ours that are not answered, by command. */
  readonly sent: Map<number, Identifiers>;
}

const SUCCESS: Outcome = { resultCode: DIAMETER_SUCCESS };

/** True for the commands of this file. */
export function isBaseCommand(commandCode: number): boolean {
  return (
    commandCode === CommandCode.DEVICE_WATCHDOG ||
    commandCode === CommandCode.CAPABILITIES_EXCHANGE ||
    commandCode === CommandCode.DISCONNECT_PEER
  );
}

export class BaseExchange {
  private readonly host: BaseExchangeHost;
  private readonly links = new WeakMap<Link, Exchanges>();

  constructor(host: BaseExchangeHost) {
    this.host = host;
  }

  /** What the peer's CER or CEA on this connection said. */
  capabilitiesOf(link: Link): Capabilities | undefined {
    return this.of(link).capabilities;
  }

  /** True where TLS is agreed upon on this connection, and has not begun. */
  awaitsTls(link: Link): boolean {
    const { capabilities } = this.of(link);
    return capabilities !== undefined && agreesTls(link, capabilities);
  }

  /** A CER that the acceptor has found welcome. */
  receivedCER(link: Link, capabilities: Capabilities, { hopByHop, endToEnd }: RawMessage): void {
    const exchanges = this.of(link);
    exchanges.capabilities = capabilities;
    exchanges.cer = { hopByHop, endToEnd };
  }

  /** Undefined for an answer that no request waits for: RFC 6733 section 3 has it discarded. */
  receive(link: Link, raw: RawMessage, expected: Expected): Received | undefined {
    const { isRequest, commandCode } = raw;
    if (!isRequest && !this.settles(link, raw)) return undefined;
    switch (commandCode) {
      case CommandCode.DEVICE_WATCHDOG:
        return { kind: isRequest ? "dwr" : "dwa" };
      case CommandCode.DISCONNECT_PEER: {
        if (!isRequest) return { kind: "dpa" };
        // What cannot be read is taken for REBOOTING: the DPA complains, but going the peer is.
        const { disconnectCause } = decodeDPR(raw, this.host.known, this.host.limits.maxFailedAvpBytes).message;
        return { kind: "dpr", reason: { message: "the peer sent a DPR", disconnectCause: disconnectCause ?? 0 } };
      }
      default: {
        if (isRequest) return { kind: "cer", reason: { message: "the peer sent a second CER" } };
        const { capabilities, reason } = this.readCEA(link, raw, expected);
        if (capabilities === undefined) return { kind: "nonCea", reason };
        this.of(link).capabilities = capabilities;
        return { kind: "cea" };
      }
    }
  }

  /** Process-CEA: what it says, or why it ends the connection. */
  private readCEA(
    link: Link,
    raw: RawMessage,
    expected: Expected,
  ): { capabilities?: Capabilities; reason?: CloseReason } {
    const cea = decodeCEA(raw, this.host.known, this.host.limits.maxFailedAvpBytes);
    const { resultCode, errorMessage } = cea.message;
    // First what the peer says: a CEA that refuses need not keep to the grammar (RFC 6733 section 7.2).
    if (typeof resultCode === "number" && Math.trunc(resultCode / 1000) !== 2) {
      const words = errorMessage ? `: ${errorMessage}` : "";
      return { reason: { message: `the peer refused the connection with ${resultCode}${words}`, resultCode } };
    }
    if (!cea.ok) return { reason: { message: `the peer's CEA is invalid: ${cea.issues[0].message}` } };
    const { originHost, originRealm } = cea.message;
    if (expected.originHost !== undefined && !sameIdentity(expected.originHost, originHost))
      return { reason: { message: `the peer is ${originHost}, not ${expected.originHost}` } };
    if (expected.originRealm !== undefined && !sameIdentity(expected.originRealm, originRealm))
      return { reason: { message: `the peer is of ${originRealm}, not of ${expected.originRealm}` } };
    const problem = ceaProblem(link, cea.message) ?? expected.identify(originHost);
    return problem === undefined ? { capabilities: cea.message } : { reason: { message: problem } };
  }

  sendCER(link: Link): void {
    const ids = this.request(link, CommandCode.CAPABILITIES_EXCHANGE);
    const capabilities = { ...capabilitiesOn(link.connection, this.host.local), inbandSecurityId: offered(link) };
    link.write(encodeCER(capabilities, ids).bytes);
  }

  /** The CEA to the CER that `receivedCER` was told of. */
  sendCEA(link: Link): void {
    const { cer, capabilities } = this.of(link);
    if (cer === undefined || capabilities === undefined) return;
    writeCEA(link, { ...this.host.local, inbandSecurityId: agreed(link, capabilities) }, cer, SUCCESS);
  }

  sendDWR(link: Link): void {
    link.write(encodeDWR(this.origin, this.request(link, CommandCode.DEVICE_WATCHDOG)).bytes);
  }

  sendDPR(link: Link, disconnectCause: number): void {
    link.write(encodeDPR({ ...this.origin, disconnectCause }, this.request(link, CommandCode.DISCONNECT_PEER)).bytes);
  }

  sendDWA(link: Link, dwr: RawMessage): void {
    const decoded = decodeDWR(dwr, this.host.known, this.host.limits.maxFailedAvpBytes);
    link.write(encodeDWA({ ...this.origin, ...(decoded.ok ? SUCCESS : outcomeOf(decoded.issues)) }, dwr).bytes);
  }

  sendDPA(link: Link, dpr: RawMessage): void {
    const decoded = decodeDPR(dpr, this.host.known, this.host.limits.maxFailedAvpBytes);
    link.write(encodeDPA({ ...this.origin, ...(decoded.ok ? SUCCESS : outcomeOf(decoded.issues)) }, dpr).bytes);
  }

  private get origin() {
    const { originHost, originRealm, originStateId } = this.host.local;
    return { originHost, originRealm, originStateId };
  }

  private request(link: Link, command: number): Identifiers {
    const ids = { hopByHop: link.nextHopByHop(), endToEnd: this.host.nextEndToEnd() };
    this.of(link).sent.set(command, ids);
    return ids;
  }

  private settles(link: Link, answer: RawMessage): boolean {
    const { sent } = this.of(link);
    const request = sent.get(answer.commandCode);
    if (request?.hopByHop !== answer.hopByHop || request.endToEnd !== answer.endToEnd) return false;
    return sent.delete(answer.commandCode);
  }

  private of(link: Link): Exchanges {
    let exchanges = this.links.get(link);
    if (exchanges === undefined) {
      exchanges = { sent: new Map() };
      this.links.set(link, exchanges);
    }
    return exchanges;
  }
}

/** Answers a CER, also one that no peer's machine will ever see. */
export function writeCEA(link: Link, local: LocalCapabilities, cer: Identifiers, outcome: Outcome): void {
  link.write(encodeCEA({ ...capabilitiesOn(link.connection, local), ...outcome }, cer).bytes);
}

function capabilitiesOn(connection: Connection, local: LocalCapabilities): Capabilities {
  return {
    ...local,
    hostIpAddress: local.hostIpAddress.length > 0 ? local.hostIpAddress : [localAddress(connection)],
  };
}

/** The connection's own address, as others may know it. */
function localAddress(connection: Connection): string {
  // A zone ("fe80::1%eth0") means nothing elsewhere; an IPv4 address seen by a socket that listens on "::" is one all the same.
  const address = connection.local.address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  // Unknown: the connection is gone already, or is no network's. Host-IP-Address must be there.
  return /^\d+\.\d+\.\d+\.\d+$|:/.test(address) ? address : "0.0.0.0";
}
