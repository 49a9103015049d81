import type { Application, Command, Dictionary } from "@diamgen/dictionary";
import { CODEGEN_VERSION, type EmittedFile } from "./emitted-file.js";
import type { GrammarPlace } from "./fields.js";
import { type ImportSource, importsFor } from "./imports.js";
import { knownAvpsOf } from "./known-avps.js";
import type { Folder, Layout } from "./layout.js";
import { comment, literal } from "./names.js";
import type { CommandNames } from "./naming.js";
import { render } from "./templates.js";
import { commandOrigin, groupView, messageView } from "./views.js";

/** What depends on grammar: the groups of a folder, and its application with commands, client and server. */
export function applicationFiles(
  folder: Folder,
  layout: Layout,
  dictionary: Dictionary,
  header: string,
): EmittedFile[] {
  const files: EmittedFile[] = [];
  const add = (name: string, sources: Map<string, ImportSource>, text: (imports: string) => string): void => {
    const path = `${folder.name}/${name}`;
    files.push({ path, text: text(importsFor(path, text(""), sources)) });
  };
  const place: GrammarPlace = { folder, layout };
  const sources = enumerationSources(folder);
  if (folder.groups.size > 0) {
    const types = [...folder.groups.values()].map((group) => groupView(group, place));
    add("groups.ts", sources, (imports) => render("groups", { header, imports, types }));
    for (const { className } of folder.groups.values()) {
      sources.set(className, { from: "./groups.js", type: true });
      sources.set(`${className}Init`, { from: "./groups.js", type: true });
      for (const verb of ["decode", "encode", "create"])
        sources.set(verb + className, { from: "./groups.js", type: false });
    }
  }
  const { application } = folder;
  if (application === undefined) return files;

  const known = knownAvpsOf(application, folder, dictionary, layout);
  add("application.ts", known.sources, (imports) =>
    render("application", {
      header,
      imports,
      version: CODEGEN_VERSION,
      name: literal(application.key),
      id: application.id,
      kind: literal(application.kind),
      vendorId: application.vendorId,
      avps: known.expressions.join(", "),
      doc: comment(
        `${application.name}: application ${application.id}${application.source ? `, ${application.source}` : ""}.`,
      ),
    }),
  );
  if (application.commands.length === 0) return files;

  sources.set("application", { from: "./application.js", type: false });
  const commands = application.commands.map((command) => commandView(application, command, folder));
  const types = application.commands.flatMap((command, index) =>
    (["request", "answer"] as const).map((side) => {
      const className = commands[index]?.[side] as string;
      return messageView({ application, command, side, className }, place);
    }),
  );
  add("commands.ts", sources, (imports) => render("commands", { header, imports, types, commands }));
  // The base protocol's own commands are the node's business: nobody calls or serves a CER.
  if (application.kind === "base") return files;
  const constants = new Map(commands.map(({ constant }) => [constant, { from: "./commands.js", type: false }]));
  add("client.ts", constants, (imports) => render("client", { header, imports, commands }));
  return files;
}

function commandView(application: Application, command: Command, folder: Folder) {
  const { constant, request, answer } = folder.commands.get(command) as CommandNames;
  return {
    constant,
    request,
    answer,
    doc: comment(`${command.name}: ${commandOrigin(application, command)}.`),
    literal: literal(command.name),
    code: command.code,
    proxiable: command.proxiable,
    requestKind: literal(`${folder.name}.${request}`),
    answerKind: literal(`${folder.name}.${answer}`),
  };
}

/** Enumerations that fields of this folder have as their type, wherever they are at home. */
function enumerationSources(folder: Folder): Map<string, ImportSource> {
  const sources = new Map<string, ImportSource>();
  for (const { name, folder: home, exported } of folder.enumerations.values()) {
    const from = home === folder.name ? "./avps.js" : `../${home}/avps.js`;
    sources.set(name, { from, type: true, exported });
  }
  return sources;
}
