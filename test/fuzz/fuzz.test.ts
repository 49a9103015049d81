/** The fuzzer for as long as a build may take; `npm run fuzz -- --messages N` for longer. A failure names its seed. */
import { expect, test } from "vitest";
import { MemoryTransport } from "../../runtime/src/testing/index.js";
import { tcp } from "../../runtime/src/transport/tcp.js";
import { repositoryPath } from "../support/require.js";
import { fuzz } from "./fuzzer.js";

const MESSAGES = Number(process.env.FUZZ_MESSAGES ?? 1_200);

test.each([
  ["memory", MESSAGES, 1],
  ["tcp", MESSAGES / 8, 2],
])(
  "over %s, %i payloads: each request is answered once or its connection closed, and nothing is left",
  { timeout: 600_000 },
  async (kind, messages, seed) => {
    const transport = kind === "tcp" ? tcp : new MemoryTransport();
    const result = await fuzz({ root: repositoryPath("."), seed, messages, transport });
    // It got behind the first checks, and met all kinds of ends.
    expect(result.payloads).toBeGreaterThanOrEqual(messages);
    expect(result.answers).toBeGreaterThan(messages / 4);
    expect(result.closed).toBeGreaterThan(0);
    for (const name of ["request:refused", "handler:error", "peer:close"])
      expect(result.counters[name]).toBeGreaterThan(0);
  },
);
