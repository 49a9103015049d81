/**
 * A node of ours among bare TCP peers that it connects to: what it sends is read octet by octet, and what they say is up to the test.
 *
 * ```ts
 * await using met = await meetRawPeers(["one", "two"], { clock });
 * const answer = met.node.request(tiny, ...);
 * const request = await met.peers.one.nextOf(tiny.code, "request");
 * met.peers.one.send(answerTo(request, 2001));
 * ```
 */
import { Avp } from "../../runtime/src/codec/avp.js";
import { Header } from "../../runtime/src/codec/header.js";
import { RawMessage } from "../../runtime/src/codec/raw-message.js";
import type { NodeOptions } from "../../runtime/src/index.js";
import { DiameterNode } from "../../runtime/src/node.js";
import { type Capabilities, encodeCEA } from "../../runtime/src/peer/base-messages.js";
import { dissect } from "./dissect.js";
import type { RawClient } from "./raw-client.js";
import { RawListener } from "./raw-listener.js";
import { tinyApplication } from "./tiny-command.js";

export interface Met<Name extends string> extends AsyncDisposable {
  readonly node: DiameterNode;
  readonly peers: Readonly<Record<Name, RawClient>>;
  /** The CER that each peer got. */
  readonly cers: Readonly<Record<Name, Buffer>>;
}

export interface RawPeerOptions<Name extends string> extends Partial<NodeOptions> {
  /** In place of what a peer says in its CEA: Origin-Host `<name>.test`, realm "test", the tiny application. */
  readonly says?: Readonly<Partial<Record<Name, Partial<Capabilities>>>>;
}

/** A started node `node.test` that is open with each of these. */
export async function meetRawPeers<Name extends string>(
  names: readonly Name[],
  { says, ...options }: RawPeerOptions<Name> = {},
): Promise<Met<Name>> {
  const listeners = await Promise.all(names.map(() => RawListener.listen()));
  const node = new DiameterNode({
    originHost: "node.test",
    originRealm: "test",
    applications: [tinyApplication],
    peers: names.map((name, index) => ({
      host: "127.0.0.1",
      port: (listeners[index] as RawListener).port,
      originHost: `${name}.test`,
    })),
    ...options,
  });
  const dispose = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
    await node.stop({ timeoutMs: 1 });
  };
  try {
    const started = node.start();
    const peers = {} as Record<Name, RawClient>;
    const cers = {} as Record<Name, Buffer>;
    for (const [index, name] of names.entries()) {
      const peer = await (listeners[index] as RawListener).accept();
      cers[name] = await peer.nextOf(257, "request");
      peer.send(encodeCEA({ ...capabilitiesOf(name), ...says?.[name], resultCode: 2001 }, dissect(cers[name])).bytes);
      peers[name] = peer;
    }
    await started;
    return { node, peers, cers, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

export function capabilitiesOf(name: string): Capabilities {
  return {
    originHost: `${name}.test`,
    originRealm: "test",
    hostIpAddress: ["127.0.0.1"],
    vendorId: 0,
    productName: "raw",
    supportedVendorId: [],
    authApplicationId: [tinyApplication.id],
    inbandSecurityId: [],
    acctApplicationId: [],
    vendorSpecificApplicationId: [],
  };
}

export function textAvp(code: number, value: string, flags = 0x40): Avp {
  return new Avp(code, 0, flags, Buffer.from(value));
}

export function unsigned32Avp(code: number, value: number, flags = 0x40): Avp {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return new Avp(code, 0, flags, data);
}

/** An answer with what answers of all kinds have, and User-Name as the tiny one wants; the E bit for 3xxx. */
export function answerTo(request: Uint8Array, resultCode: number, more: readonly Avp[] = []): Uint8Array {
  const { flags, code, applicationId, hopByHop, endToEnd, avps } = dissect(request);
  const error = resultCode >= 3000 && resultCode < 4000 ? 0x20 : 0;
  const sessionId = avps.filter((avp) => avp.code === 263).map(({ data }) => new Avp(263, 0, 0x40, data));
  return RawMessage.of(new Header((flags & 0x40) | error, code, applicationId, hopByHop, endToEnd), [
    ...sessionId,
    unsigned32Avp(268, resultCode),
    textAvp(264, "raw.test"),
    textAvp(296, "test"),
    textAvp(1, "raw"),
    ...more,
  ]).bytes;
}
