import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

type Name = "application" | "avps" | "client" | "commands" | "groups" | "index" | "known" | "type";

const handlebars = Handlebars.create();
const compiled = new Map<Name, Handlebars.TemplateDelegate>();

/** Renders templates/<name>.hbs. Nothing is escaped here: identifiers, literals and comments are made safe where views are built. */
export function render(name: Name, view: object): string {
  if (compiled.size === 0) handlebars.registerPartial("type", compile("type"));
  return compile(name)(view);
}

function compile(name: Name): Handlebars.TemplateDelegate {
  const there = compiled.get(name);
  if (there !== undefined) return there;
  const text = readFileSync(new URL(`../../templates/${name}.hbs`, import.meta.url), "utf8");
  const template = handlebars.compile(text, { noEscape: true, strict: false });
  compiled.set(name, template);
  return template;
}
