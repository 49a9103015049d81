/** The built server as a program that a configuration file describes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Program } from "../support/process.js";
import { BIN } from "./demo.js";

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-program-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A configuration file: a server of diameter.test on a port of the system's choice, its database SQLite where `settings` name no other. */
export function configFile(folder: string, settings: Readonly<Record<string, unknown>> = {}): string {
  const file = join(folder, "server.yaml");
  const config = {
    identity: "server.diameter.test",
    listen: [{ host: "127.0.0.1", port: 0 }],
    accept: ["*.diameter.test"],
    database: { type: "sqlite", path: "diamgen.db" },
    shutdown: { timeoutMs: 1000 },
    ...settings,
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  return file;
}

export interface RunningProgram extends AsyncDisposable {
  readonly program: Program;
  /** Of Diameter. */
  readonly port: number;
}

/** Starts it, by another program where `runner` says so, and waits until it says where it listens, for metrics too where there are any. */
export async function startProgram(
  file: string,
  env: Readonly<Record<string, string>> = {},
  runner: readonly string[] = [],
): Promise<RunningProgram> {
  const [command = "", ...args] = [...runner, process.execPath, BIN, "--config", file];
  const program = Program.start(command, args, { env });
  try {
    const [, port] = await program.waitFor(/^listening on 127\.0\.0\.1 port (\d+) /m, { timeoutMs: 60_000 });
    return { program, port: Number(port), [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  } catch (error) {
    await program.stop();
    throw error;
  }
}
