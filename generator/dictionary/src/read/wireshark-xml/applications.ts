/** Applications and commands. Of a command there is the name and the code, and for most not even the application. */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import type { ApplicationNode, CommandNode, SourceLocation } from "../../model/document.js";
import { slug } from "../../slug.js";
import { checkAvpName } from "../xml/avp-parts.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { knownChildren } from "./schema.js";
import type { Vendors } from "./vendors.js";

/** RFC 6733 section 3: 24 bits. */
const MAX_COMMAND_CODE = 0xffffff;
/** Its name in the IANA registry of application ids. */
const BASE_NAME = "Diameter Common Messages";
/** RFC 6733 section 3.1: Capabilities-Exchange, Device-Watchdog and Disconnect-Peer stay between neighbours. All others are PXY. */
const NOT_PROXIABLE: ReadonlySet<number> = new Set([257, 280, 282]);

export interface ApplicationDraft {
  readonly id: number;
  readonly name: string;
  readonly source?: string | undefined;
  /** By code, by name. */
  readonly commands: Map<number, CommandNode>;
  readonly named: Map<string, CommandNode>;
  /** Of the commands, 0 apart. */
  readonly vendors: Set<number>;
  readonly at: SourceLocation;
}

/** The applications of a file, each id once. */
export class Applications {
  readonly #vendors: Vendors;
  readonly #byId = new Map<number, ApplicationDraft>();
  /** Commands that were read as application 0's for want of another. */
  readonly #unassigned: CommandNode[] = [];

  constructor(vendors: Vendors) {
    this.#vendors = vendors;
  }

  /** `element` is `application`, or `base`, whose commands are those of application 0 and of all that have no place of their own. */
  open(element: XmlElement, fields: Fields): ApplicationDraft | undefined {
    const isBase = element.name === "base";
    const id = isBase ? 0 : fields.number(element, "id", 0, MAX_UNSIGNED32);
    if (id === undefined) return undefined;
    const before = this.#byId.get(id);
    const at = fields.at(element);
    const name = fields.text(element, "name") ?? (id === 0 ? BASE_NAME : `Application ${id}`);
    if (before === undefined) return this.#add(id, name, at, citation(fields.text(element, "uri")));
    if (id !== 0) {
      fields.diagnostics.add("DG1040", at, `application ${id} is here again, as ${quote(name)}`, {
        hint: "Put them together.",
        related: [{ message: `${quote(before.name)} first here`, at: before.at }],
      });
    }
    return before;
  }

  /** `application` undefined: the command stands outside of any. */
  command(element: XmlElement, fields: Fields, application: ApplicationDraft | undefined): void {
    knownChildren(element, fields);
    const command = readCommand(element, fields);
    const vendorId = this.#vendors.idOf(element, fields);
    if (command === undefined || vendorId === null) return;
    const home = application ?? this.#byId.get(0) ?? this.#add(0, BASE_NAME, command.at);
    if (home.id === 0) this.#unassigned.push(command);
    if (vendorId !== undefined && vendorId !== 0) home.vendors.add(vendorId);
    const added = distinct(command, home, fields);
    if (added === undefined) return;
    home.commands.set(added.code, added);
    home.named.set(added.name, added);
  }

  /** With their keys: names repeat ("3GPP Gx" is two applications), keys must not. */
  finish(diagnostics: DiagnosticBag): readonly ApplicationNode[] {
    const first = this.#unassigned[0];
    if (first !== undefined) {
      const count = this.#unassigned.length;
      const message = `${count} commands stand in no application, but in <base>; they are read as those of application 0`;
      diagnostics.add("DG1041", first.at, message, {
        hint: "A dictionary that says where they belong may be laid over this one.",
      });
    }
    const keys = new Set<string>();
    return [...this.#byId.values()].map(({ id, name, source, commands, vendors, at }) => {
      const wanted = id === 0 ? "base" : slug(name.replace(/3GPP/gi, "tgpp"), "application", `application-${id}`);
      const key = keys.has(wanted) ? slug(`${wanted.slice(0, 50)}-${id}`, "application") : wanted;
      keys.add(key);
      const vendorId = vendors.size === 1 ? [...vendors][0]! : 0;
      return { id, name, key, vendorId, source, commands: [...commands.values()], inherits: [], extensions: [], at };
    });
  }

  #add(id: number, name: string, at: SourceLocation, source?: string): ApplicationDraft {
    const added = { id, name, source, commands: new Map(), named: new Map(), vendors: new Set<number>(), at };
    this.#byId.set(id, added);
    return added;
  }
}

function readCommand(element: XmlElement, fields: Fields): CommandNode | undefined {
  const written = fields.name(element);
  const code = fields.number(element, "code", 0, MAX_COMMAND_CODE);
  if (written === undefined || code === undefined) return undefined;
  const at = fields.at(element);
  const name = written.replace(/-(?:Request|Answer)(?:\/(?:Request|Answer))?$/i, "");
  if (name === written) checkAvpName(name, element, fields);
  else {
    fields.diagnostics.add("DG1030", at, `command ${quote(written)} is read as ${quote(name)}`, {
      hint: "One <command> stands for both the request and the answer.",
    });
  }
  return { name, code, proxiable: !NOT_PROXIABLE.has(code), at };
}

/** The command under a name that the application does not have yet; undefined where it has the code already. */
function distinct(command: CommandNode, application: ApplicationDraft, fields: Fields): CommandNode | undefined {
  const sameCode = application.commands.get(command.code);
  const sameName = application.named.get(command.name);
  const before = sameCode ?? sameName;
  if (before === undefined) return command;
  const name = `${command.name}-${command.code}`;
  const outcome =
    sameCode === undefined ? `is read as ${quote(name)}` : `is left out, ${quote(before.name)} has its code`;
  fields.diagnostics.add(
    "DG1044",
    command.at,
    `command ${quote(command.name)} of ${quote(application.name)} ${outcome}`,
    {
      hint: "Name and code of a command are unique in an application.",
      related: [{ message: "the other is here", at: before.at }],
    },
  );
  return sameCode === undefined ? { ...command, name } : undefined;
}

/** "http://tools.ietf.org/html/rfc4740" is RFC 4740; "none" is what files without one have. */
function citation(uri: string | undefined): string | undefined {
  if (uri === undefined || uri.toLowerCase() === "none") return undefined;
  const rfc = /\brfc([0-9]{1,5})(?:\.txt)?$/i.exec(uri);
  return rfc === null ? uri : `RFC ${rfc[1]}`;
}
