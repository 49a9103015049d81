/** The datagram socket on which systemd hears its services: sd_notify(3). Perl has it, which is on every Debian; Node has not. */
import { join } from "node:path";
import { Program } from "./process.js";
import { requireTool } from "./requirement.js";

export const notifyRequirements = [requireTool("perl"), requireTool("systemd-notify")];

/** A message is printed on one line, its lines joined by tabs. Descriptors that come along (BARRIER=1) are closed, as systemd does. */
const RECEIVER = `
use Socket; $| = 1;
socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die $!;
print "bound\\n";
while (defined(recv($s, my $message, 65536, 0))) { chomp $message; $message =~ tr/\\n/\\t/; print "message\\t$message\\n"; }`;

export type NotifyMessage = Readonly<Record<string, string>>;

export class NotifySocket implements AsyncDisposable {
  readonly path: string;
  readonly #receiver: Program;

  private constructor(path: string, receiver: Program) {
    this.path = path;
    this.#receiver = receiver;
  }

  static async open(folder: string): Promise<NotifySocket> {
    const path = join(folder, "notify");
    const receiver = Program.start("perl", ["-e", RECEIVER, path]);
    await receiver.waitFor(/^bound$/m);
    return new NotifySocket(path, receiver);
  }

  /** All that was said so far, barriers apart, each with its variables. */
  get messages(): readonly NotifyMessage[] {
    return [...this.#receiver.output.matchAll(/^message\t(.*)\n/gm)]
      .map(([, line = ""]) => Object.fromEntries(line.split("\t").map((one) => one.split(/=(.*)/s, 2))))
      .filter((message) => !("BARRIER" in message));
  }

  /** Waits until `found` gives something. */
  until<T>(found: (messages: readonly NotifyMessage[]) => T | undefined, what: string): Promise<T> {
    return this.#receiver.waitUntil(() => found(this.messages), `hear ${what}`, { timeoutMs: 20_000 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#receiver[Symbol.asyncDispose]();
  }
}
