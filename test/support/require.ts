/**
 * What a test needs from outside the repository: programs from Debian and the folder `shared` next to the repository.
 *
 * Where one is missing, its tests are skipped, and the title and a warning say why. With DIAMGEN_REQUIRE=all
 * (set by `.ci/run`) they fail instead.
 *
 * ```ts
 * describeWith([requireTool("freeDiameterd")], "interop with freeDiameter", () => { ... });
 * testWith([requireShared("golden/bench/ccr.bin")], "reads it", async () => { ... });
 * ```
 */

import { describe, test } from "vitest";
import type { Requirement } from "./requirement.js";

export {
  type Requirement,
  repositoryPath,
  requireFile,
  requireShared,
  requireTool,
  sharedPath,
} from "./requirement.js";

/** True where a missing requirement is a failure. */
export function requireAll(): boolean {
  return process.env.DIAMGEN_REQUIRE === "all";
}

/** Like `describe`; the body runs only where everything is available. */
export function describeWith(requirements: readonly Requirement[], title: string, body: () => void): void {
  const reason = missing(requirements);
  if (reason === undefined) describe(title, body);
  else describe(title, () => unavailable("all of its tests", reason));
}

/** Like `test`; it runs only where everything is available. */
export function testWith(
  requirements: readonly Requirement[],
  title: string,
  body: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const reason = missing(requirements);
  if (reason === undefined) test(title, body, timeoutMs);
  else unavailable(title, reason);
}

function missing(requirements: readonly Requirement[]): string | undefined {
  const reasons = requirements.filter((requirement) => !requirement.available).map(({ reason }) => reason);
  return reasons.length === 0 ? undefined : [...new Set(reasons)].join("; ");
}

const warned = new Set<string>();

function unavailable(title: string, reason: string): void {
  if (requireAll()) {
    test(`${title}: ${reason}`, () => {
      throw new Error(`${reason}, and DIAMGEN_REQUIRE=all does not let tests be skipped`);
    });
    return;
  }
  if (!warned.has(reason)) console.warn(`skipping tests: ${reason}`);
  warned.add(reason);
  test.skip(`${title} [skipped: ${reason}]`, () => {});
}
