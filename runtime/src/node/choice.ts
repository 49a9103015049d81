/** Who serves a command of an application id: one handler, or several profiles that share both numbers. */
import type { RawMessage } from "../codec/raw-message.js";
import { UNABLE_TO_COMPLY } from "../codec/result-code.js";
import type { AnyCommand } from "../codegen/types.js";
import { ConfigurationError } from "../errors.js";
import { Refusal } from "./admission.js";
import type { ServedCommand } from "./handlers.js";

/** Whose the request is could not be told, by a mistake of the program: an event says so, the peer is told 5012. */
export class ChoiceFailed extends Refusal {
  readonly command: AnyCommand;
  readonly error: unknown;

  constructor(command: AnyCommand, error: unknown) {
    super(UNABLE_TO_COMPLY, "internal error");
    this.command = command;
    this.error = error;
  }
}

export class Choice {
  /** Serves what nobody claims. */
  private otherwise: ServedCommand | undefined;
  private readonly claimants: ServedCommand[] = [];

  /** @throws {ConfigurationError} there is a second one that serves whatever comes */
  add(served: ServedCommand): void {
    if (served.when !== undefined) {
      this.claimants.push(served);
      return;
    }
    if (this.otherwise !== undefined) throw twice(served.command, this.otherwise.command);
    this.otherwise = served;
  }

  /** Independent of the order in which they were added: a request that two claim is nobody's. Undefined where nobody serves it. */
  of(raw: RawMessage): ServedCommand | ChoiceFailed | undefined {
    if (this.claimants.length === 0) return this.otherwise;
    let found: ServedCommand | undefined;
    for (const served of this.claimants) {
      try {
        if (served.when?.(raw) !== true) continue;
      } catch (error) {
        return new ChoiceFailed(served.command, error);
      }
      if (found !== undefined) return new ChoiceFailed(served.command, claimedTwice(found.command, served.command));
      found = served;
    }
    return found ?? this.otherwise;
  }
}

function twice(command: AnyCommand, other: AnyCommand): ConfigurationError {
  const same = other.application.name === command.application.name;
  const whose = same
    ? ""
    : `, as ${other.name} of "${other.application.name}": give one of them \`when\`, which says by a request whether it is its own`;
  return new ConfigurationError(`${nameOf(command)} has a handler already${whose}`);
}

function claimedTwice(one: AnyCommand, other: AnyCommand): ConfigurationError {
  return new ConfigurationError(
    `a request was claimed by the \`when\` of ${nameOf(one)} and by that of ${nameOf(other)}: it is nobody's`,
  );
}

function nameOf({ name, code, application }: AnyCommand): string {
  return `${name} of "${application.name}" (application ${application.id}, command ${code})`;
}
