/**
 * The fuzzer for as long as a build may take, in a process of its own: its heap is its own, and can be collected. A failure names its seed;
 * `npm run fuzz -- --messages N` is the same for longer.
 */
import { expect, test } from "vitest";
import { Program } from "../support/process.js";
import { repositoryPath } from "../support/require.js";
import type { FuzzResult } from "./fuzzer.js";

interface Report extends FuzzResult {
  /** From the first quarter to the last, collected; without the beginning. */
  readonly heapGrowthMiB: number;
}

const MESSAGES = Number(process.env.FUZZ_MESSAGES ?? 100_000);
const DEADLINE_MS = 600_000;

test.each([
  ["memory", MESSAGES, 1, 0.01],
  ["tcp", MESSAGES / 20, 2, 0.2],
  ["tls", MESSAGES / 40, 3, 0.2],
])(
  "over %s, %i messages: each request is answered once or its connection closed, ours end once, nothing is left, and the heap stays as it is",
  { timeout: DEADLINE_MS },
  async (transport, messages, seed, pieces) => {
    const options = ["--messages", messages, "--seed", seed, "--transport", transport, "--pieces", pieces].map(String);
    await using program = Program.start(process.execPath, [repositoryPath("scripts/fuzz.mjs"), ...options]);
    const { code } = await program.exited;
    expect(program.output).not.toMatch(/Error/);
    expect(code, program.output).toBe(0);
    const result = JSON.parse(program.stdout) as Report;
    // It got behind the first checks, and met all kinds of ends.
    expect(result.messages).toBeGreaterThanOrEqual(messages);
    expect(result.answers).toBeGreaterThan(messages / 2);
    expect(result.answers - (result.counters["request:refused"] as number)).toBeGreaterThan(messages / 4);
    expect(result.closed).toBeGreaterThan(0);
    // In memory the seed decides all; over sockets, where there are fewer messages, rare ends may fail to come.
    const rare = transport === "memory" ? ["TIMEOUT", "UNABLE_TO_DELIVER"] : [];
    for (const end of ["answered", "ERROR_ANSWER", "INVALID_ANSWER", ...rare])
      expect([end, result.ends[end]]).toEqual([end, expect.toSatisfy((count) => count > 0)]);
    for (const name of ["request:refused", "request:duplicate", "handler:error", "peer:close", "connection:refused"])
      expect([name, result.counters[name]]).toEqual([name, expect.toSatisfy((count) => count > 0)]);
  },
);
