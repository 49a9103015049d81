/**
 * Messages that other implementations wrote, from test/fixtures (see scripts/fixtures.mjs):
 * OpenSIPS 3.2.17 against freeDiameter 1.2.1 with app_opensips, and the messages of the codec benchmark.
 */

import { readdirSync, readFileSync } from "node:fs";
import { repositoryPath } from "./requirement.js";

export interface GoldenAvp {
  /** As the capturing side's dictionary names it; "?" where it did not know. */
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  /** Such as "-M-" or "V--". */
  readonly flags: string;
  /** As on the wire: header and data, without padding. */
  readonly length: number;
  readonly type: "utf8" | "oct" | "u32" | "i32" | "time" | "addr";
  /** Printed: a quoted string, a number, or 0x... for octets. */
  readonly value: string;
}

export interface GoldenMessage {
  /** Position in the capture, from 1. */
  readonly number: number;
  readonly frame: number;
  /** Seconds since the capture began. */
  readonly time: number;
  /** "client" is OpenSIPS or the script in its place; "server" is freeDiameter with app_opensips. */
  readonly from: "client" | "server";
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly name: string;
  readonly code: number;
  readonly applicationId: number;
  readonly length: number;
  /** Such as "RP--". */
  readonly flags: string;
  readonly hopByHop: number;
  readonly endToEnd: number;
  /** Top level only; grouped AVPs are octets here. */
  readonly avps: readonly GoldenAvp[];
  readonly hex: string;
}

export type CaptureName =
  | "freediameter-app_opensips-error-answers"
  | "opensips-3.2-acct"
  | "opensips-3.2-auth"
  | "opensips-3.2-missed"
  | "opensips-3.2-qop"
  | "opensips-3.2-server-dpr-reconnect"
  | "opensips-3.2-uri-exist";

export type BenchName = "ccr" | "ccrbig" | "cer" | "dwr" | "maa" | "mar";

export const captureNames: readonly CaptureName[] = [
  "freediameter-app_opensips-error-answers",
  "opensips-3.2-acct",
  "opensips-3.2-auth",
  "opensips-3.2-missed",
  "opensips-3.2-qop",
  "opensips-3.2-server-dpr-reconnect",
  "opensips-3.2-uri-exist",
];

export const benchNames: readonly BenchName[] = ["ccr", "ccrbig", "cer", "dwr", "maa", "mar"];

const captures = new Map<CaptureName, readonly GoldenMessage[]>();

/** Every message of one capture, in the order of the capture. */
export function capture(name: CaptureName): readonly GoldenMessage[] {
  let messages = captures.get(name);
  if (messages === undefined) {
    messages = JSON.parse(readFileSync(fixturePath(`opensips/${name}.json`), "utf8")) as readonly GoldenMessage[];
    captures.set(name, messages);
  }
  return messages;
}

/** One message of a capture by its number, from 1. */
export function golden(name: CaptureName, number: number): GoldenMessage {
  const message = capture(name).find((candidate) => candidate.number === number);
  if (message === undefined) throw new RangeError(`capture ${name} has no message ${number}`);
  return message;
}

/** The octets of a message, in a buffer of their own. */
export function bytesOf(message: GoldenMessage): Buffer {
  return Buffer.from(message.hex, "hex");
}

/** The answer to a request of the same capture, by its Hop-by-Hop Identifier and connection. */
export function answerTo(name: CaptureName, request: GoldenMessage): GoldenMessage | undefined {
  return capture(name).find(
    (candidate) =>
      candidate.number > request.number &&
      !candidate.flags.startsWith("R") &&
      candidate.hopByHop === request.hopByHop &&
      candidate.sourcePort === request.destinationPort &&
      candidate.destinationPort === request.sourcePort,
  );
}

/** Every message of every capture. */
export function allGolden(): readonly { readonly capture: CaptureName; readonly message: GoldenMessage }[] {
  return captureNames.flatMap((name) => capture(name).map((message) => ({ capture: name, message })));
}

/** One message of the codec benchmark, in a buffer of its own. */
export function benchMessage(name: BenchName): Buffer {
  return readFileSync(fixturePath(`bench/${name}.bin`));
}

/** The accounting log that app_opensips wrote for the captured traffic. */
export function accountingLogSample(): string {
  return readFileSync(fixturePath("opensips/acc.log.sample"), "utf8");
}

/** Capture files present on disk, to notice one that `captureNames` does not name. */
export function captureFiles(): readonly string[] {
  return readdirSync(fixturePath("opensips"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

function fixturePath(relative: string): string {
  return repositoryPath(`test/fixtures/${relative}`);
}
