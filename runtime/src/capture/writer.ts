/** Messages of taps as a pcapng file. */
import type { TappedMessage } from "../node/taps.js";
import { enhancedPacket, interfaceDescription, interfaceStatistics, MOST_CAPTURED, sectionHeader } from "./blocks.js";
import { upperPdu } from "./upper-pdu.js";

/** What of a `TappedMessage` stands in a capture: a program without a node can make one itself. */
export interface CapturedMessage extends Pick<TappedMessage, "direction" | "time" | "connection"> {
  readonly raw: { toBytes(): Uint8Array };
  /** For the comment. */
  readonly peer?: Pick<TappedMessage["peer"], "originHost" | "security"> | undefined;
}

export interface PcapngOptions {
  /** Name of the interface that Wireshark shows for the messages; "diameter" where left out. */
  readonly name?: string | undefined;
  /**
   * Comment of a packet; undefined for none. Where left out: the peer's Origin-Host, and its protocol where TLS protected what the capture
   * shows in the clear. Cut behind 4,096 octets of UTF-8.
   */
  readonly comment?: ((message: CapturedMessage) => string | undefined) | undefined;
}

/** Counters of a capture. */
export interface CaptureCounts {
  /** Messages that are in the capture. */
  readonly captured: number;
  /** Of those, cut short: Wireshark reads 262,144 octets a packet, and the message was longer. */
  readonly truncated: number;
  /** Messages that are not in it, for there was no room. */
  readonly dropped: number;
}

/**
 * Writes messages as pcapng, so that Wireshark and tshark show them: each is one packet, taken apart as Diameter whatever its port, and in the
 * clear also where TLS protected it. Nothing is kept: each call gives its octets to `write`, in an array of their own.
 *
 * ```ts
 * const writer = new PcapngWriter((chunk) => file.write(chunk));
 * const off = node.onMessage((message) => writer.add(message));
 * ```
 *
 * See `capture` where what is written to may be slow.
 */
export class PcapngWriter {
  private readonly write: (chunk: Uint8Array) => void;
  private readonly comment: NonNullable<PcapngOptions["comment"]>;
  private first: number | undefined;
  private last = 0;
  private captured = 0;
  private truncated = 0;
  private dropped = 0;
  /** Dropped since the last packet. */
  private lost = 0;

  /** Writes the head of the file at once: a capture without a message is a capture too. */
  constructor(write: (chunk: Uint8Array) => void, { name = "diameter", comment = peerOf }: PcapngOptions = {}) {
    this.write = write;
    this.comment = comment;
    write(sectionHeader("@diamgen/runtime"));
    write(interfaceDescription(name, "Diameter messages of a node, without TLS"));
  }

  get counts(): CaptureCounts {
    return { captured: this.captured, truncated: this.truncated, dropped: this.dropped };
  }

  /** One packet; to be called while the message is valid, during the tap's call. */
  add(message: CapturedMessage): void {
    const { direction, time, connection } = message;
    const inbound = direction === "in";
    const { local, remote, transport } = connection;
    const [source, destination] = inbound ? [remote, local] : [local, remote];
    const parts = [upperPdu(source, destination, transport), message.raw.toBytes()];
    const packet = enhancedPacket({ time, parts, inbound, comment: this.comment(message), lost: this.lost });
    this.captured++;
    if (parts.reduce((sum, part) => sum + part.length, 0) > MOST_CAPTURED) this.truncated++;
    this.lost = 0;
    this.first ??= time;
    this.last = time;
    this.write(packet);
  }

  /** Says that a message is not in the capture: the next packet has how many are missing before it, `end` has all. */
  drop(): void {
    this.dropped++;
    this.lost++;
  }

  /** Writes how many messages there were, and how many of them are not in the capture. Nothing may be added any more. */
  end(): void {
    const { first = 0, last, captured, dropped } = this;
    this.write(interfaceStatistics(first, last, captured + dropped, dropped));
  }
}

function peerOf({ peer }: CapturedMessage): string | undefined {
  const { originHost, security } = peer ?? {};
  return [originHost, security?.protocol].filter((part) => part !== undefined).join(", ") || undefined;
}
