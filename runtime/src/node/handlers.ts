/** The commands that a node serves, by application id and command code. */
import type { RawMessage } from "../codec/raw-message.js";
import type { AnyCommand, InvalidRequest, KnownAvps } from "../codegen/types.js";
import { Choice } from "./choice.js";

export interface ServedCommand {
  readonly command: AnyCommand;
  readonly handler: (request: never, context: never) => unknown;
  /** Answers requests that break the grammar; the node does where there is none. */
  readonly invalid: ((invalid: InvalidRequest<never>, context: never) => unknown) | undefined;
  /** Claims a request; undefined: serves what nobody claims. */
  readonly when: ((raw: RawMessage) => boolean) | undefined;
  /** Its duplicates get the same answer again. */
  readonly duplicates: boolean;
  /** AVPs that may carry the M bit. */
  readonly known: readonly KnownAvps[];
}

export class Handlers {
  private readonly byApplication = new Map<number, Map<number, Choice>>();
  private readonly extensions: readonly KnownAvps[];

  constructor(extensions: readonly KnownAvps[]) {
    this.extensions = extensions;
  }

  /** @throws {ConfigurationError} the command of that application id is served already, in this profile or in another one, and neither claims */
  add(served: Omit<ServedCommand, "known">): void {
    const { application, code } = served.command;
    let commands = this.byApplication.get(application.id);
    if (commands === undefined) {
      commands = new Map();
      this.byApplication.set(application.id, commands);
    }
    let choice = commands.get(code);
    if (choice === undefined) {
      choice = new Choice();
      commands.set(code, choice);
    }
    choice.add({ ...served, known: [...application.avps, ...this.extensions] });
  }

  /** The commands of an application; undefined where none is served. */
  of(applicationId: number): ReadonlyMap<number, Choice> | undefined {
    return this.byApplication.get(applicationId);
  }
}
