/** Two nodes over TCP, on both loopbacks: what the other tests do in memory holds on sockets. */

import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { DiameterNode, type NodeOptions } from "../../../runtime/src/index.js";
import { next } from "../../support/nodes.js";
import { freePort } from "../../support/process.js";
import { type Requirement, testWith } from "../../support/require.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const loopback6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
const always: Requirement = { available: true, path: "", reason: "" };
const ipv6: Requirement = {
  available: loopback6,
  path: "",
  reason: loopback6 ? "" : "there is no ::1 on this machine",
};

const options = (name: string, more: Partial<NodeOptions> = {}): NodeOptions => ({
  originHost: `${name}.test`,
  originRealm: "test",
  applications: [tinyApplication],
  ...more,
});

describe("TCP", () => {
  for (const [host, requirement, address] of [
    ["127.0.0.1", always, "127.0.0.1"],
    ["::1", ipv6, "::1"],
  ] as const)
    testWith([requirement], `capabilities, requests and DPR over ${host}`, async () => {
      await using server = new DiameterNode(options("server", { listen: [{ host, port: 0 }], accept: "any" }));
      server.handle(tiny, async ({ userName }, context) => context.answer({ resultCode: 2001, userName }));
      await server.start();
      const [bound] = server.addresses;
      expect(bound).toMatchObject({ address });
      await using client = new DiameterNode(options("client", { peers: [{ host, port: bound?.port }] }));
      const taps: string[] = [];
      client.onMessage(({ direction, peer, raw }) =>
        taps.push(`${direction} ${raw.commandCode} ${peer.originHost ?? "?"}`),
      );
      await client.start();
      expect(client.peers.list()).toMatchObject([{ state: "I-Open", originHost: "server.test", remote: { address } }]);
      // Host-IP-Address is the connection's own.
      expect(server.peers.list()).toMatchObject([{ state: "R-Open", remote: { address } }]);
      const names = Array.from({ length: 200 }, (_, index) => `user ${index}`);
      const answers = await Promise.all(
        names.map((userName) => client.request(tiny, { destinationRealm: "test", userName })),
      );
      expect(answers.map(({ userName }) => userName)).toEqual(names);
      const closed = next(server, "peer:close");
      await client.stop();
      expect((await closed)[1]).toMatchObject({ disconnectCause: 0 });
      expect(taps.slice(0, 2)).toEqual(["out 257 ?", "in 257 server.test"]);
      expect(taps.slice(-2)).toEqual(["out 282 server.test", "in 282 server.test"]);
      expect(taps).toHaveLength(404);
    });

  test("a peer that comes later, and one that goes without a DPR", async () => {
    const port = await freePort();
    await using client = new DiameterNode(
      options("client", { peers: [{ host: "127.0.0.1", port, originHost: "server.test" }], reconnectMs: 10 }),
    );
    const failed = next(client, "peer:close");
    await client.start();
    expect((await failed)[1].message).toMatch(/ECONNREFUSED/);
    await using server = new DiameterNode(options("server", { listen: [{ host: "127.0.0.1", port }], accept: "any" }));
    const opened = next(client, "peer:open");
    await server.start();
    expect((await opened)[0]).toMatchObject({ state: "I-Open", originHost: "server.test" });
  });

  test("5.6.4: two nodes that connect to one another at once end with one connection, the winner's as responder", async () => {
    // Whether the two CERs cross is up to the system; that they do within so many attempts is not in doubt.
    for (let attempt = 0; ; attempt++) {
      expect(attempt, "no two CERs crossed").toBeLessThan(30);
      const [portA, portB] = [await freePort(), await freePort()];
      const make = (name: string, port: number, other: string, otherPort: number) =>
        new DiameterNode(
          options(name, {
            listen: [{ host: "127.0.0.1", port }],
            peers: [{ host: "127.0.0.1", port: otherPort, originHost: `${other}.test` }],
          }),
        );
      await using a = make("a", portA, "B", portB);
      await using b = make("B", portB, "a", portA);
      const cers = { a: 0, b: 0 };
      a.onMessage(({ direction, raw }) => {
        if (direction === "in" && raw.commandCode === 257 && raw.isRequest) cers.a++;
      });
      b.onMessage(({ direction, raw }) => {
        if (direction === "in" && raw.commandCode === 257 && raw.isRequest) cers.b++;
      });
      a.handle(tiny, (_request, context) => context.answer({ resultCode: 2001, userName: "a" }));
      await Promise.all([a.start(), b.start()]);
      expect(a.peers.list()).toHaveLength(1);
      expect(b.peers.list()).toHaveLength(1);
      const answer = await b.request(tiny, { destinationRealm: "test", destinationHost: "a.test", userName: "x" });
      expect(answer.userName).toBe("a");
      if (cers.a === 0 || cers.b === 0) continue;
      // "B.test" is before "a.test" in ASCII, but the comparison is of lower case.
      expect(b.peers.list()).toMatchObject([{ state: "R-Open" }]);
      expect(a.peers.list()).toMatchObject([{ state: "I-Open" }]);
      return;
    }
  });
});
