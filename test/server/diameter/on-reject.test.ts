/** Clients that take any answer for success (opensips.md 6.10): silence is what they understand. */

import { afterAll, describe, expect, test } from "vitest";
import { type OnRejectRule, onRejectFor } from "../../../server/src/diameter/on-reject.js";
import { createLogger } from "../../../server/src/index.js";
import { dissect, resultCode } from "../../support/dissect.js";
import { golden } from "../../support/golden.js";
import { next } from "../../support/nodes.js";
import { RawListener } from "../../support/raw-listener.js";
import { avp, changed, replaced } from "./compose.js";
import { cerOf, connectAs, Recorder, startServer } from "./support.js";

const REGISTER = golden("opensips-3.2-auth", 9);
const OPENSIPS = "client.diameter.test";
const recorder = new Recorder();
afterAll(() => recorder.messages.splice(0));

/** The captured request with another response than the right one. */
const wrong = () => changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 103: "0".repeat(32) }) });

async function started(onReject: readonly OnRejectRule[]) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: "info",
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  const running = await startServer({ onReject: () => onReject, log });
  return { ...running, lines, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

describe("onReject: silence", () => {
  test("a refusal gets no answer, a success does; the log warns at the start and at the connection", async () => {
    await using running = await started([{ peer: OPENSIPS.toUpperCase(), onReject: "silence" }]);
    await using client = await connectAs(running.port, recorder);
    const withheld = next(running.server.node, "answer:withheld");
    client.send(wrong());
    expect((await withheld)[0]).toMatchObject({ peer: { originHost: OPENSIPS } });
    // The next answer is that of the next request.
    const answer = dissect(await client.exchange(REGISTER.hex));
    expect([answer.endToEnd, resultCode(answer)]).toEqual([REGISTER.endToEnd, 2006]);
    const warnings = running.lines.filter(({ level }) => level === 40 || level === "warn");
    expect(warnings.map(({ msg }) => msg)).toEqual([
      expect.stringContaining("peers of these rules get no answer"),
      expect.stringContaining("this peer gets no answer where it is refused"),
    ]);
  });

  test("a peer that we connected to, under a name in other letters than its own", async () => {
    await using listener = await RawListener.listen();
    await using running = await started([{ productName: "freeDiameter", onReject: "silence" }]);
    const accepted = listener.accept();
    running.server.node.peers.add({ host: "127.0.0.1", port: listener.port, originHost: OPENSIPS.toUpperCase() });
    await using client = await accepted;
    const { hopByHop, endToEnd } = dissect(await client.next());
    const opened = next(running.server.node, "peer:open");
    const success = avp(268, 2001);
    client.send(
      changed(cerOf("opensips-3.2-auth"), { flags: 0, hopByHop, endToEnd, avps: (avps) => [success, ...avps] }),
    );
    await opened;
    const withheld = next(running.server.node, "answer:withheld");
    client.send(wrong());
    await withheld;
    expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(2006);
  });

  test("a request that breaks its grammar is a refusal too", async () => {
    await using running = await started([{ onReject: "silence" }]);
    await using client = await connectAs(running.port, recorder);
    const withheld = next(running.server.node, "answer:withheld");
    // Without SIP-AOR: 5005 otherwise.
    client.send(changed(REGISTER.hex, { avps: (avps) => avps.filter(({ code }) => code !== 122) }));
    await withheld;
    expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(2006);
  });

  test("the first rule that fits decides", async () => {
    await using running = await started([
      { peer: OPENSIPS, onReject: "answer" },
      { productName: "freeDiameter", onReject: "silence" },
    ]);
    await using client = await connectAs(running.port, recorder);
    expect(resultCode(dissect(await client.exchange(wrong())))).toBe(4001);
  });

  test("without rules, a freeDiameter is warned of: it may be an OpenSIPS that takes anything", async () => {
    await using running = await started([]);
    await using client = await connectAs(running.port, recorder);
    expect(resultCode(dissect(await client.exchange(wrong())))).toBe(4001);
    expect(running.lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining("docs/opensips.md"));
  });
});

test.each([
  [{ peer: "A.test" }, true],
  [{ peer: "b.test" }, false],
  [{ productName: "freeDiameter" }, true],
  [{ productName: "other" }, false],
  [{ leastFirmwareRevision: 10_201 }, true],
  [{ leastFirmwareRevision: 10_202 }, false],
  [{ peer: "a.test", productName: "other" }, false],
  [{}, true],
])("rule %j", (rule, fits) => {
  const peer = { originHost: "a.test", productName: "freeDiameter", firmwareRevision: 10_201 };
  expect(onRejectFor([{ ...rule, onReject: "silence" }], peer)).toBe(fits ? "silence" : "answer");
});
