/**
 * Tells systemd how the server is (sd_notify). That goes over a Unix datagram socket, which Node does not have, and the packages that
 * bring one are compiled at installation; so systemd's own program does it. Its messages come from a child of ours: the unit needs
 * `NotifyAccess=all`. The program is there wherever NOTIFY_SOCKET is set by systemd.
 */
import { execFile } from "node:child_process";
import type { Logger } from "pino";

export type Notification = "ready" | "reloading" | "stopping";

const ARGUMENTS: Readonly<Record<Notification, readonly string[]>> = {
  ready: ["--ready"],
  // --reloading and --stopping came with systemd 253.
  reloading: ["RELOADING=1"],
  stopping: ["STOPPING=1"],
};

const TIMEOUT_MS = 5000;

/** Tells nobody where nobody listens. */
export class Notifier {
  readonly #enabled: boolean;
  readonly #log: Logger;
  /** One after the other: the order of the states is what they mean. */
  #last: Promise<void> = Promise.resolve();

  constructor(log: Logger, environment: NodeJS.ProcessEnv = process.env) {
    this.#enabled = environment.NOTIFY_SOCKET !== undefined && environment.NOTIFY_SOCKET !== "";
    this.#log = log;
  }

  /** Resolves when it is said; never rejects. */
  tell(what: Notification, status: string): Promise<void> {
    if (!this.#enabled) return Promise.resolve();
    this.#last = this.#last.then(() => this.#run([...ARGUMENTS[what], `--status=${status}`]));
    return this.#last;
  }

  #run(args: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      execFile("systemd-notify", args, { timeout: TIMEOUT_MS }, (error) => {
        if (error !== null) this.#log.warn({ err: error }, "systemd could not be told");
        resolve();
      });
    });
  }
}
