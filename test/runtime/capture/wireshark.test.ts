/** What Wireshark makes of our captures: every message, both ways, whatever the address, the port, the length, and what protected it. */

import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type CapturedMessage,
  type CaptureOptions,
  capture,
  PcapngWriter,
} from "../../../runtime/src/capture/index.js";
import { Avp } from "../../../runtime/src/codec/avp.js";
import { DiameterNode, RawMessage, type TappedMessage } from "../../../runtime/src/index.js";
import { avpOctets, withAvps } from "../../../runtime/src/testing/index.js";
import { benchMessage } from "../../support/golden.js";
import { describeWith } from "../../support/require.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";
import { testTls, tlsRequirements } from "../../support/tls.js";
import { readCapture, type TsharkPacket, tsharkRequirements } from "../../support/tshark.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diamgen-capture-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** "out CER", "in CEA": what the packets are, and that Wireshark could read all of each. */
function expectReadable(packets: readonly TsharkPacket[]): string[] {
  return packets.map(({ protocols, messages, fields }) => {
    expect(protocols.filter((name) => name !== "pkt_comment")).toEqual([
      "geninfo",
      "frame",
      "exported_pdu",
      "diameter",
    ]);
    expect(messages).toHaveLength(1);
    const wrong = messages[0]?.complaints.filter(
      ({ text }) => !/^Unknown (application|command|AVP 4294967280)/i.test(text),
    );
    expect(wrong?.filter(({ severity }) => severity !== "note")).toEqual([]);
    const { code, flags } = messages[0] as { code: number; flags: number };
    return `${Number(fields.get("frame.packet_flags_direction")) === 1 ? "in" : "out"} ${code} ${flags & 0x80 ? "request" : "answer"}`;
  });
}

/** All of one connection between two nodes; the capture is the one that connects. */
async function captured(
  file: string,
  listen: { host: string; transport?: "tcp" | "tls" },
  tls: { server?: object; client?: object } = {},
  options: CaptureOptions = {},
): Promise<{ packets: readonly TsharkPacket[]; seen: TappedMessage["connection"][]; octets: number[] }> {
  const common = { originRealm: "test", applications: [tinyApplication] };
  const server = new DiameterNode({
    ...common,
    ...tls.server,
    originHost: "server.test",
    listen: [{ port: 0, ...listen }],
    accept: "any",
  });
  server.handle(tiny, ({ userName, avps }, context) => context.answer({ resultCode: 2001, userName, avps }));
  await server.start();
  const { port } = server.addresses[0] as { port: number };
  const client = new DiameterNode({
    ...common,
    ...tls.client,
    originHost: "client.test",
    peers: [{ port, ...listen, originHost: "server.test" }],
  });
  const seen: TappedMessage["connection"][] = [];
  const octets: number[] = [];
  client.onMessage(({ connection, raw }) => {
    seen.push(connection);
    octets.push(raw.length);
  });
  const stream = createWriteStream(file);
  const running = capture(client, stream, options);
  try {
    await client.start();
    await client.request(tiny, { destinationRealm: "test", userName: "alice" });
    const long = new Avp(0xfffffff0, 0, 0, new Uint8Array(200_000).fill(0x61));
    await client.request(tiny, { destinationRealm: "test", userName: "long", avps: [long] });
  } finally {
    await client.stop();
    await server.stop();
    expect(running.stop()).toEqual({ captured: seen.length, truncated: 0, dropped: 0 });
    stream.end();
    await finished(stream);
  }
  return { packets: await readCapture(file), seen, octets };
}

const CONVERSATION = [
  "out 257 request",
  "in 257 answer",
  "out 8388000 request",
  "in 8388000 answer",
  "out 8388000 request",
  "in 8388000 answer",
  "out 282 request",
  "in 282 answer",
];

describeWith(tsharkRequirements, "Wireshark", () => {
  test.each([
    ["IPv4", "127.0.0.1", "ipv4"],
    ["IPv6", "::1", "ipv6"],
  ])(
    "reads a connection over %s, with addresses, ports, times, peers and a message of 200 kB",
    async (_, host, family) => {
      const { packets, seen, octets } = await captured(join(folder, `${family}.pcapng`), { host });
      expect(expectReadable(packets)).toEqual(CONVERSATION);
      for (const [index, { fields, comment, messages }] of packets.entries()) {
        const { local, remote } = seen[index] as TappedMessage["connection"];
        const [from, to] = index % 2 === 0 ? [local, remote] : [remote, local];
        expect(fields.get(`exported_pdu.${family}_src`)).toBe(from.address);
        expect(fields.get(`exported_pdu.${family}_dst`)).toBe(to.address);
        expect(fields.get("exported_pdu.src_port")).toBe(String(from.port));
        expect(fields.get("exported_pdu.dst_port")).toBe(String(to.port));
        // The configuration names it, so it has its name from the CER on.
        expect(comment).toBe("server.test");
        expect(Number(fields.get("diameter.length"))).toBe(octets[index]);
        // Wireshark has found the request of each answer.
        expect(fields.get("diameter.answer_to")).toBe(index % 2 === 0 ? undefined : String(index));
        expect(messages[0]?.avp("Origin-Host")?.show).toBe(index % 2 === 0 ? "client.test" : "server.test");
      }
      expect(octets[4]).toBeGreaterThan(200_000);
      expect(octets[5]).toBeGreaterThan(200_000);
      expect(packets[4]?.messages[0]?.avps.at(-1)?.hex).toBe("61".repeat(200_000));
    },
  );

  test("shows the time of a message to the microsecond, and comments as they were written", async () => {
    const file = join(folder, "times.pcapng");
    const stream = createWriteStream(file);
    const writer = new PcapngWriter((chunk) => stream.write(chunk), { comment: ({ peer }) => peer?.originHost });
    const message = (time: number, originHost: string | undefined): CapturedMessage => ({
      direction: "in",
      time,
      raw: RawMessage.from(benchMessage("mar")),
      connection: {
        local: { address: "::ffff:192.0.2.1", port: 3868 },
        remote: { address: "192.0.2.2", port: 40_000 },
        transport: "sctp",
      },
      peer: { originHost, security: undefined },
    });
    writer.add(message(1_767_225_600_000.123, "é".repeat(5_000)));
    writer.drop();
    writer.drop();
    writer.add(message(4_294_967_296.5, undefined));
    writer.end();
    stream.end();
    await finished(stream);
    const packets = await readCapture(file);
    expect(expectReadable(packets)).toEqual(["in 286 request", "in 286 request"]);
    expect(packets.map(({ fields }) => fields.get("frame.time_epoch"))).toEqual([
      "1767225600.000123000",
      "4294967.296500000",
    ]);
    // Cut at a whole letter.
    expect(packets.map(({ comment }) => comment)).toEqual(["é".repeat(2_048), ""]);
    expect(packets[0]?.fields.get("exported_pdu.ipv4_src")).toBe("192.0.2.2");
    expect(packets[0]?.fields.get("exported_pdu.ipv4_dst")).toBe("192.0.2.1");
    expect(packets[0]?.fields.get("exported_pdu.port_type")).toBe("1");
    expect(packets[1]?.fields.get("frame.drop_count")).toBe("2");
    expect(writer.counts).toEqual({ captured: 2, truncated: 0, dropped: 2 });
  });

  test("reads on behind a message longer than it takes: its beginning is there, and its length", async () => {
    const file = join(folder, "longest.pcapng");
    const stream = createWriteStream(file);
    const writer = new PcapngWriter((chunk) => stream.write(chunk));
    const connection = {
      local: { address: "127.0.0.1", port: 3868 },
      remote: { address: "127.0.0.1", port: 40_000 },
      transport: "tcp" as const,
    };
    const huge = withAvps(benchMessage("mar"), (avps) => [
      ...avps,
      avpOctets(0xfffffff0, new Uint8Array(400_000), { flags: 0 }),
    ]);
    for (const octets of [huge, benchMessage("mar")])
      writer.add({ direction: "out", time: 0, raw: RawMessage.from(octets), connection });
    writer.end();
    stream.end();
    await finished(stream);
    expect(writer.counts).toEqual({ captured: 2, truncated: 1, dropped: 0 });
    const [long, short] = await readCapture(file);
    expect(long?.fields.get("frame.cap_len")).toBe("262144");
    expect(Number(long?.fields.get("frame.len"))).toBeGreaterThan(400_000);
    expect(long?.messages[0]?.avp("Origin-Host")?.show).toBe(short?.messages[0]?.avp("Origin-Host")?.show);
    expect(long?.protocols).not.toContain("_ws.malformed");
    expect(expectReadable([short as TsharkPacket])).toEqual(["out 286 request"]);
  });
});

describeWith([...tsharkRequirements, ...tlsRequirements], "Wireshark, of a connection that TLS protects", () => {
  const made = testTls();

  test("reads everything in the clear, without a key and whatever the port", async () => {
    const { issue } = await made;
    const file = join(folder, "tls.pcapng");
    const sides = { server: { tls: await issue("server.test") }, client: { tls: await issue("client.test") } };
    const { packets } = await captured(file, { host: "127.0.0.1", transport: "tls" }, sides);
    expect(expectReadable(packets)).toEqual(CONVERSATION);
    expect(packets.slice(0, 3).map(({ comment }) => comment)).toEqual([
      "server.test, TLSv1.3",
      "server.test, TLSv1.3",
      "server.test, TLSv1.3",
    ]);
    expect(packets[2]?.messages[0]?.avp("User-Name")?.show).toBe("alice");
  });
});
