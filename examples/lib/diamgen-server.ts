/** Runs `diamgen-server` beside an example, as an operator would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** As if the power had gone. */
  kill(): Promise<void>;
}

/** Starts it with these arguments, and waits until it says where it listens. */
export async function startDiamgenServer(args: readonly string[]): Promise<RunningServer> {
  const program = fileURLToPath(new URL("bin/diamgen-server.js", import.meta.resolve("@diamgen/server/package.json")));
  const child = spawn(process.execPath, [program, "--log-level", "error", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    // Ctrl-C is for the example, which ends the server when it needs it no more.
    detached: true,
  });
  const ended = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  // However the example ends, the server does not outlive it.
  process.once("exit", () => child.kill("SIGKILL"));
  for await (const line of createInterface(child.stdout)) {
    const [, host, port] = /^listening on (\S+) port (\d+) /.exec(line) ?? [];
    if (host === undefined) continue;
    return {
      host,
      port: Number(port),
      kill: () => end("SIGKILL"),
      [Symbol.asyncDispose]: () => end("SIGTERM"),
    };
  }
  throw new Error(`diamgen-server ended with ${(await ended)[0]}`);
}
