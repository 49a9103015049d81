/** APPLICATION, REQUEST and ANSWER lines. */
import { quote } from "../../diagnostics.js";
import type { ApplicationNode, CommandNode, GrammarNode, SourceLocation } from "../../model/document.js";
import { slug } from "../../slug.js";
import type { Line } from "./lines.js";
import type { Values } from "./values.js";

interface CommandDraft {
  readonly code: number;
  readonly at: SourceLocation;
  name: string;
  request?: GrammarNode;
  answer?: GrammarNode;
}

interface ApplicationDraft extends Omit<ApplicationNode, "commands"> {
  readonly commands: Map<number, CommandDraft>;
}

/** Commands belong to the APPLICATION line above them; the format has nothing else to say it by. */
export class Applications {
  readonly #values: Values;
  readonly #drafts: ApplicationDraft[] = [];
  #current: ApplicationDraft | undefined;
  #orphans: SourceLocation | undefined;

  constructor(values: Values) {
    this.#values = values;
  }

  /** `APPLICATION[-AUTH|-ACC] id[/vendor] name`; accounting where it does not say. */
  declare(line: Line): void {
    const { diagnostics } = this.#values;
    const [keyword] = line.words();
    const rest = line.rest(1);
    const [, idText, vendorText, name = ""] = /^(\w+)(?:\s*\/\s*(\w+))?\s*(.*)$/s.exec(rest?.text ?? "") ?? [];
    if (rest === undefined || idText === undefined || name === "") {
      diagnostics.add("DG1012", line.at, "an APPLICATION has an id and a name", { hint: "APPLICATION 42 Acme" });
      this.#current = undefined;
      return;
    }
    const id = this.#values.number({ text: idText, at: rest.at }, 1, "the id of an application");
    const vendorId =
      vendorText === undefined ? 0 : this.#values.number({ text: vendorText, at: rest.at }, 0, "a vendor id");
    const named = this.#values.name({ text: name, at: rest.at });
    if (id === undefined || vendorId === undefined || named === undefined) {
      this.#current = undefined;
      return;
    }
    this.#current = this.#drafts.find((draft) => draft.id === id);
    if (this.#current !== undefined) {
      diagnostics.add("DG1040", line.at, `application ${id} is here again, as ${quote(named)}`);
      return;
    }
    const kind = keyword!.text.toUpperCase().endsWith("-AUTH") ? "auth" : "acct";
    this.#current = this.#draft(id, named, kind, vendorId, line.at);
  }

  #draft(id: number, name: string, kind: "auth" | "acct", vendorId: number, at: SourceLocation): ApplicationDraft {
    const key = slug(name, "application", `application-${id}`);
    const taken = this.#drafts.some((draft) => draft.key === key);
    const draft: ApplicationDraft = {
      ...{ id, name, kind, vendorId, at },
      key: taken ? `${key.slice(0, 50)}-${id}` : key,
      inherits: [],
      extensions: [],
      commands: new Map(),
    };
    this.#drafts.push(draft);
    return draft;
  }

  /** `REQUEST code name` or `ANSWER code name`; undefined where it is neither. */
  command(line: Line): ((grammar: GrammarNode) => void) | undefined {
    const { diagnostics } = this.#values;
    const [keyword, code] = line.words();
    const rest = line.rest(2);
    if (code === undefined || rest === undefined) {
      diagnostics.add("DG1012", line.at, "a command has a code and a name", { hint: "REQUEST 92001 Acme-Ask-Request" });
      return undefined;
    }
    const number = this.#values.number(code, 1, "the code of a command");
    const name = this.#values.name(rest)?.replace(/-(?:Request|Answer)$/, "");
    if (number === undefined || name === undefined) return undefined;
    const commands = this.#owner(line.at).commands;
    let draft = commands.get(number);
    if (draft === undefined) {
      draft = { code: number, name, at: line.at };
      commands.set(number, draft);
    }
    const side = keyword!.text.toUpperCase() === "REQUEST" ? "request" : "answer";
    const found = draft;
    return (grammar) => {
      if (found[side] === undefined) found[side] = grammar;
      else diagnostics.add("DG1044", line.at, `the ${side} of command ${number} is here again; the first stands`);
    };
  }

  #owner(at: SourceLocation): ApplicationDraft {
    if (this.#current !== undefined) return this.#current;
    this.#orphans ??= at;
    return this.#drafts.find(({ id }) => id === 0) ?? this.#draft(0, "Commands without application", "auth", 0, at);
  }

  finish(): ApplicationNode[] {
    const { diagnostics } = this.#values;
    if (this.#orphans !== undefined)
      diagnostics.add(
        "DG1041",
        this.#orphans,
        "commands before any APPLICATION line are read as commands of application 0",
        {
          hint: "Put the APPLICATION that they belong to above them.",
        },
      );
    return this.#drafts.map(({ commands, ...application }) => ({
      ...application,
      commands: [...commands.values()].map((draft) => this.#finished(draft)),
    }));
  }

  #finished(draft: CommandDraft): CommandNode {
    if (draft.answer === undefined && draft.request !== undefined)
      this.#values.diagnostics.add(
        "DG1047",
        draft.at,
        `command ${draft.code} has no ANSWER; OpenSIPS refuses such a file`,
        {
          hint: `Add ANSWER ${draft.code} ${draft.name}-Answer.`,
        },
      );
    // OpenSIPS sets the P bit in all of them.
    return { ...draft, proxiable: true };
  }
}
