/** The log tells what happened, and no secrets. */

import { expect, test } from "vitest";
import { createLogger, type LogOptions, REDACTED } from "../../server/src/log.js";
import { StoreError } from "../../server/src/store/index.js";

function capturing(options: LogOptions = {}) {
  const lines: string[] = [];
  const logger = createLogger({ ...options, destination: { write: (line) => void lines.push(line) } });
  return { logger, lines, objects: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test.each([
  { password: "hunter2" },
  { PASSWORD: "hunter2" },
  { dbPassword: "hunter2" },
  { passwd: "hunter2" },
  { ha1: "hunter2" },
  { ha1_sha256: "hunter2" },
  { ha1Sha512t256: "hunter2" },
  { digestHa1: "hunter2" },
  { response: "hunter2" },
  { "Digest-Response": "hunter2" },
  { digestResponse: "hunter2" },
  { a: { b: { c: { d: [{ response: "hunter2" }] } } } },
  { avps: [{ name: "Digest-Response", code: 103, value: "hunter2" }] },
  { avps: [{ name: "Digest-HA1", code: 121, value: { hex: "hunter2" } }] },
  { password: { value: "hunter2" } },
])("%j is redacted", (object) => {
  const { logger, lines } = capturing();
  logger.info(object, "a message");
  logger.child(object).info("a message");
  const pretty = capturing({ pretty: true });
  pretty.logger.info(object, "a message");
  for (const line of [...lines, ...pretty.lines]) {
    expect(line).not.toContain("hunter2");
    expect(line).toContain(REDACTED);
    expect(line).toContain("a message");
  }
});

test("what is no secret stays, and the object of the caller stays whole", () => {
  const { logger, objects } = capturing();
  const object = { username: "alice", keepPassword: true, responses: 3, password: "x", at: new Date(0) };
  logger.info(object);
  expect(objects()).toMatchObject([
    { level: "info", username: "alice", keepPassword: true, responses: 3, at: "1970-01-01T00:00:00.000Z" },
  ]);
  expect(object.password).toBe("x");
});

test("errors keep code, message and stack", () => {
  const { logger, objects } = capturing();
  logger.error({ err: new StoreError("STORE_FULL", "no space") }, "cannot store");
  expect(objects()).toMatchObject([
    { level: "error", msg: "cannot store", err: { code: "STORE_FULL", message: "no space" } },
  ]);
});

test("an object within itself does no harm", () => {
  const { logger, lines } = capturing();
  const object: Record<string, unknown> = { password: "hunter2" };
  object.self = object;
  logger.info(object, "still here");
  expect(lines.join("")).toContain("still here");
  expect(lines.join("")).not.toContain("hunter2");
});

test("levels", () => {
  const { logger, objects } = capturing({ level: "warn" });
  logger.info("no");
  logger.warn("yes");
  expect(objects()).toMatchObject([{ level: "warn", msg: "yes" }]);
});

test("pretty lines are for people, one a record, whatever a peer sends", () => {
  const { logger, lines } = capturing({ pretty: true });
  logger.warn(
    { peer: "a.test", note: "two words", raw: "x\u001b[2J\nERROR forged\u0085" },
    "peer \u001b[31mgone\n12:00 INFO forged",
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}peer \\u001b\[31mgone\\u000a12:00 INFO forged peer=a\.test note="two words" raw="x/,
  );
  // Nothing of the Unicode category "control" but the end of the line.
  expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
});
