import type { AvpDefinition } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import { DATA_TYPES } from "./data-types.js";
import type { EmittedFile } from "./emitted-file.js";
import { avpOrigin, flagsOf } from "./fields.js";
import { importsFor } from "./imports.js";
import { knownNumbers } from "./known-avps.js";
import type { Folder, Layout } from "./layout.js";
import { comment, constantCase, literal, Scope } from "./names.js";
import { render } from "./templates.js";
import { originOf } from "./views.js";

/** The leaves of a document: `known.ts` (which AVPs there are) and `avps.ts` (enumerations and definitions). They import the runtime only. */
export function documentFiles(folder: Folder, layout: Layout, header: string): EmittedFile[] {
  const { document } = folder;
  if (document === undefined || document.avps.length === 0) return [];
  const title = comment(document.document.title ?? document.document.name);
  const files = [
    file(folder, "known.ts", (imports) =>
      render("known", { header, imports, title, vendors: knownNumbers(document.avps) }),
    ),
  ];
  const { enums, definitions } = avpViews(document.avps, layout);
  if (enums.length + definitions.length > 0)
    files.push(file(folder, "avps.ts", (imports) => render("avps", { header, imports, enums, definitions })));
  return files;
}

function file(folder: Folder, name: string, text: (imports: string) => string): EmittedFile {
  const path = `${folder.name}/${name}`;
  return { path, text: text(importsFor(path, text(""), new Map())) };
}

function avpViews(avps: readonly AvpDefinition[], layout: Layout) {
  const enums: object[] = [];
  const definitions: object[] = [];
  for (const avp of avps) {
    const names = layout.avps.get(avpKey(avp.vendorId, avp.code));
    if (names === undefined) continue;
    const where = originOf(avp.at);
    const description = avp.description === undefined ? [] : [comment(avp.description)];
    if (names.enumeration !== undefined)
      enums.push({
        name: names.enumeration,
        doc: [`Values of ${comment(avp.name)}: ${avpOrigin(avp)} (${where}).`, ...description],
        values: enumValues(avp),
      });
    if (avp.type === "Grouped") continue; // defined beside its class
    definitions.push({
      name: names.definition,
      doc: [`${comment(avp.name)}, ${avpOrigin(avp)} (${where}).`, ...description].join(" "),
      type: names.enumeration ?? DATA_TYPES[avp.type].ts,
      literal: literal(avp.name),
      code: avp.code,
      vendorId: avp.vendorId,
      flags: `0x${flagsOf(avp).toString(16)}`,
      format: DATA_TYPES[avp.type].format,
    });
  }
  return { enums, definitions };
}

function enumValues(avp: AvpDefinition) {
  const scope = new Scope(new Set(["__proto__"]));
  return avp.enums.map(({ name, code, description, source, section }) => {
    // The source where another document adds the value.
    const origin = [source, section && `${source === undefined ? "Section" : "section"} ${section}`]
      .filter(Boolean)
      .join(" ");
    return {
      name: scope.claim(constantCase(name), [`_${code}`.replace("-", "MINUS_")]),
      code,
      doc: comment([`${name}, ${code}.`, description, origin && `${origin}.`].filter(Boolean).join(" ")),
    };
  });
}
