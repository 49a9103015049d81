/**
 * Requests of the node under fire to those who attack it, and what they answer: as it should be, changed, with other identifiers, twice or not at
 * all. Each request ends once: with an answer, or with an error that says why there is none.
 */
import { decodeMessage } from "../../runtime/src/codec/message.js";
import { RawMessage } from "../../runtime/src/codec/raw-message.js";
import type { AnyCommand, Message } from "../../runtime/src/codegen/types.js";
import { DiameterError } from "../../runtime/src/errors.js";
import type { DiameterNode } from "../../runtime/src/node.js";
import { withHeader } from "../../runtime/src/testing/index.js";
import type { Random } from "../differential/random.js";
import type { Attacker } from "./attacker.js";
import type { Mutator } from "./mutator.js";
import type { Sound } from "./places.js";
import { commandKey, type Pool, REALM } from "./pool.js";
import { commandsServed, known } from "./served.js";

/** Longer than a round that nothing holds up, shorter than what a round waits where something does. */
const TIMEOUT_MS = 5_000;
/** How a request of ours may end, by its error's code; "answered" where it has none. */
const ENDS = ["ERROR_ANSWER", "INVALID_ANSWER", "TIMEOUT", "UNABLE_TO_DELIVER"].map((end) => `ERR_DIAMETER_${end}`);

interface Subject {
  readonly command: AnyCommand;
  readonly init: Readonly<Record<string, unknown>>;
  /** Its grammar requires Destination-Host. */
  readonly needsHost: boolean;
}

export class Callers {
  private readonly node: DiameterNode;
  private readonly random: Random;
  private readonly mutator: Mutator;
  private readonly answers: ReadonlyMap<number, readonly Sound[]>;
  private readonly subjects: readonly Subject[];
  /** Messages that were sent as answers. */
  messages = 0;
  pending = 0;
  /** How many ended how. */
  readonly ends: Record<string, number> = {};
  /** Given as it is, while this is said. */
  private sound: Sound | undefined;
  /** The first end that must not be. */
  wrong: string | undefined;

  constructor(node: DiameterNode, random: Random, mutator: Mutator, pool: Pool) {
    this.node = node;
    this.random = random;
    this.mutator = mutator;
    this.answers = pool.answers;
    this.subjects = commandsServed.map((command) => subject(command, pool.requests));
  }

  /** Asks this attacker, or whoever of its realm the node finds. */
  ask({ name }: Attacker): void {
    const { random } = this;
    const { command, init, needsHost } = random.of(this.subjects);
    this.send(command, needsHost || random.chance(0.7) ? { ...init, destinationHost: name } : init);
  }

  /** Answers as they should be are taken: else nothing behind the first checks would ever be reached. */
  async takesWhatIsSound({ name }: Attacker, settled: () => Promise<void>): Promise<void> {
    let soundly = 0;
    for (const { command, init } of this.subjects)
      for (const sound of this.answers.get(commandKey(command.application.id, command.code)) ?? []) {
        this.sound = sound;
        this.send(command, { ...init, destinationHost: name });
        await settled();
        const { answered = 0, ERROR_ANSWER = 0 } = this.ends;
        if (answered + ERROR_ANSWER !== ++soundly)
          throw new Error(`a sound answer of ${command.name} is not taken: ${JSON.stringify(this.ends)}`);
      }
    this.sound = undefined;
  }

  private send(command: AnyCommand, init: unknown): void {
    this.pending++;
    const end = (how: string): void => {
      this.pending--;
      this.ends[how] = (this.ends[how] ?? 0) + 1;
    };
    this.node.request(command, init, { timeoutMs: TIMEOUT_MS }).then(
      (answer: Message) => {
        end("answered");
        const { commandCode, applicationId } = answer.header;
        if (commandCode !== command.code || applicationId !== command.application.id)
          this.wrong ??= `${command.name} of ${command.application.name} got an answer of ${commandCode} of ${applicationId}`;
      },
      (error: unknown) => {
        const code = error instanceof DiameterError ? error.code : "";
        end(code.replace("ERR_DIAMETER_", ""));
        if (!ENDS.includes(code)) this.wrong ??= `${command.name} failed otherwise: ${(error as Error).stack}`;
      },
    );
  }

  /** What one of them says to a request of ours. */
  reply(attacker: Attacker, request: RawMessage): void {
    const { random } = this;
    const { hopByHop, endToEnd, applicationId, commandCode } = request;
    if (this.sound !== undefined) {
      attacker.write(withHeader(this.sound.octets, { hopByHop, endToEnd }));
      return;
    }
    const answers = this.answers.get(commandKey(applicationId, commandCode)) ?? [];
    if (random.chance(0.02)) return;
    const octets = this.mutator.mutate(random.of(answers), hopByHop, endToEnd);
    attacker.write(octets);
    this.messages++;
    if (random.chance(0.97)) return;
    attacker.write(octets);
    this.messages++;
  }
}

/** What a program would give for the first sound request of a command, which is the one with the least in it. */
function subject(command: AnyCommand, requests: readonly Sound[]): Subject {
  const octets = requests.find((sound) => {
    const raw = RawMessage.from(sound.octets);
    return raw.applicationId === command.application.id && raw.commandCode === command.code;
  })?.octets;
  if (octets === undefined) throw new Error(`there is no request of ${command.name}`);
  const decoded = decodeMessage<Record<string, unknown>>(command.request, RawMessage.from(octets), known);
  if (!decoded.ok) throw new Error(`${command.name}: ${decoded.issues[0]?.message}`);
  const { header: _, sessionId: _id, originHost: _host, originRealm: _realm, ...init } = decoded.message;
  return { command, init: { ...init, destinationRealm: REALM }, needsHost: init.destinationHost !== undefined };
}
