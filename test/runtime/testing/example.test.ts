import { DiameterNode, type NodeOptions } from "@diamgen/runtime";
import { MemoryTransport, MockPeer, VirtualClock, withHeader } from "@diamgen/runtime/testing";
import * as sip from "@diamgen/sdk/sip";
import { expect, test } from "vitest";

/** What is tested: asks once more where the first answer takes too long. */
async function locate(node: DiameterNode, sipAor: string): Promise<string | undefined> {
  const ask = () =>
    sip.client(node).locationInfo({ destinationRealm: "home.test", authSessionState: 1, sipAor }, { timeoutMs: 200 });
  const answer = await ask().catch(ask);
  return answer.sipServerUri;
}

test("the second answer is taken where the first is nobody's", async () => {
  const clock = new VirtualClock();
  const network = new MemoryTransport();
  await using home = await MockPeer.listen(
    { host: "home", port: 3868 },
    { originHost: "a.home.test", originRealm: "home.test", applications: [sip.application], transport: network, clock },
  );
  const options: NodeOptions = {
    originHost: "edge.test",
    originRealm: "test",
    applications: [sip.application],
    peers: [{ host: "home", port: 3868, transport: "memory" }],
    transports: [network],
    clock,
  };
  const node = new DiameterNode(options);
  await node.start();

  const answer = { resultCode: 2001, authSessionState: 1, sipServerUri: "sip:b" };
  const first = home
    .expect(sip.locationInfo)
    .answer(answer, { change: (octets) => withHeader(octets, { hopByHop: 7 }) });
  home.expect(sip.locationInfo).answer(answer, { delayMs: 100 });
  const located = locate(node, "sip:alice@home.test");
  expect((await first).sipAor).toBe("sip:alice@home.test");
  await clock.advanceAsync(200);
  await clock.advanceAsync(100);
  expect(await located).toBe("sip:b");

  await node.stop();
});
