/** The commands that a node serves, by application id and command code. */
import type { AnyCommand, InvalidRequest, KnownAvps } from "../codegen/types.js";
import { ConfigurationError } from "../errors.js";

export interface ServedCommand {
  readonly command: AnyCommand;
  readonly handler: (request: never, context: never) => unknown;
  /** Answers requests that break the grammar; the node does where there is none. */
  readonly invalid: ((invalid: InvalidRequest<never>, context: never) => unknown) | undefined;
  /** AVPs that may carry the M bit. */
  readonly known: readonly KnownAvps[];
}

export class Handlers {
  private readonly byApplication = new Map<number, Map<number, ServedCommand>>();
  private readonly extensions: readonly KnownAvps[];

  constructor(extensions: readonly KnownAvps[]) {
    this.extensions = extensions;
  }

  /** @throws {ConfigurationError} the command of that application id is served already, in this profile or in another one */
  add(command: AnyCommand, handler: ServedCommand["handler"], invalid: ServedCommand["invalid"]): void {
    const { application, code } = command;
    let commands = this.byApplication.get(application.id);
    if (commands === undefined) {
      commands = new Map();
      this.byApplication.set(application.id, commands);
    }
    const other = commands.get(code)?.command;
    if (other !== undefined) {
      const whose =
        other.application.name === application.name ? "" : `, as ${other.name} of "${other.application.name}"`;
      throw new ConfigurationError(
        `${command.name} of "${application.name}" (application ${application.id}, command ${code}) has a handler already${whose}`,
      );
    }
    commands.set(code, { command, handler, invalid, known: [...application.avps, ...this.extensions] });
  }

  /** The commands of an application; undefined where none is served. */
  of(applicationId: number): ReadonlyMap<number, ServedCommand> | undefined {
    return this.byApplication.get(applicationId);
  }
}
