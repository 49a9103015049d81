/**
 * Tells systemd how the server is: sd_notify(3). That goes over a Unix datagram socket, which Node does not have, and the packages that
 * bring one are compiled at installation; so systemd's own program does it. Its messages come from a child of ours: the unit needs
 * `NotifyAccess=all`. The program is there wherever NOTIFY_SOCKET is set by systemd.
 */
import { execFile } from "node:child_process";
import type { Logger } from "pino";

export type Notification = "ready" | "reloading" | "stopping";

const TIMEOUT_MS = 5000;

const ARGUMENTS: Readonly<Record<Notification, () => readonly string[]>> = {
  ready: () => ["--ready"],
  // --reloading and --stopping came with systemd 253. Type=notify-reload wants to know when it began, by the clock that Node has too.
  reloading: () => ["RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`],
  stopping: () => ["STOPPING=1"],
};

/** Tells nobody where nobody listens. */
export class Notifier implements Disposable {
  readonly #enabled: boolean;
  readonly #log: Logger;
  readonly #lives: () => boolean;
  #watchdog: NodeJS.Timeout | undefined;
  #beating = false;
  #isStopping = false;
  /** One after the other: the order of the states is what they mean. */
  #last: Promise<void> = Promise.resolve();

  /** `lives`: asked before the watchdog is told that the server does; nothing is told while it does not. */
  constructor(log: Logger, lives: () => boolean = () => true, environment: NodeJS.ProcessEnv = process.env) {
    this.#enabled = environment.NOTIFY_SOCKET !== undefined && environment.NOTIFY_SOCKET !== "";
    this.#log = log;
    this.#lives = lives;
    const everyMs = this.#enabled ? watchdogMs(environment) : undefined;
    if (everyMs !== undefined) this.#watchdog = setInterval(() => void this.#alive(), everyMs).unref();
  }

  /** Resolves when it is said; never rejects. Once it stops, a server does not become ready again: a reload that was under way is not told any more. */
  tell(what: Notification, status: string): Promise<void> {
    if (this.#isStopping) return this.#last;
    this.#isStopping = what === "stopping";
    return this.#say(() => [...ARGUMENTS[what](), `--status=${status}`]);
  }

  /** The watchdog hears no more from us. */
  [Symbol.dispose](): void {
    clearInterval(this.#watchdog);
  }

  async #alive(): Promise<void> {
    if (this.#beating || !this.#lives()) return;
    this.#beating = true;
    await this.#say(() => ["WATCHDOG=1"]);
    this.#beating = false;
  }

  #say(args: () => readonly string[]): Promise<void> {
    if (!this.#enabled) return Promise.resolve();
    this.#last = this.#last.then(() => this.#run(args()));
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

/**
 * How often this process speaks to the watchdog of the unit: four times within its time. sd_watchdog_enabled(3) advises twice; a server that does
 * not live when it is looked at may do so a moment later.
 */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  if (WATCHDOG_USEC === undefined || !/^[1-9]\d{0,14}$/.test(WATCHDOG_USEC)) return undefined;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== "" && WATCHDOG_PID !== String(process.pid)) return undefined;
  return Math.min(Math.max(1, Math.floor(Number(WATCHDOG_USEC) / 4000)), 0x7fffffff);
}
