/** Settings over settings: freeDiameter.conf at the bottom, then server.yaml, then the environment. */
import type { Place } from "./diagnostics.js";
import type { Override } from "./environment.js";
import type { FreeDiameterConf } from "./freediameter/load.js";
import type { ReportLine } from "./freediameter/report.js";
import type { Path } from "./schema/walk.js";
import type { YamlDocument } from "./yaml/document.js";
import { type Places, valueAt } from "./yaml/issues.js";

export class Layers implements Places {
  readonly #base: FreeDiameterConf | undefined;
  readonly #document: YamlDocument;
  readonly #overrides: readonly Override[];

  constructor(base: FreeDiameterConf | undefined, document: YamlDocument, overrides: readonly Override[]) {
    this.#base = base;
    this.#document = document;
    this.#overrides = overrides;
  }

  get value(): unknown {
    let result: unknown = this.#document.value ?? {};
    if (this.#base !== undefined) result = over(this.#baseValue(this.#base), result);
    for (const { path: to, document } of this.#overrides)
      if (document.diagnostics.length === 0) result = put(result, to, document.value);
    return result;
  }

  /** What became of freeDiameter.conf in the end. */
  get report(): readonly ReportLine[] {
    return (this.#base?.report ?? []).map((line) => {
      const { outcome, settings, why } = line;
      const lost = settings.filter((setting) => this.#isSaidElsewhere(setting.split(/[.[]/)));
      if (outcome !== "honoured" || settings.length === 0 || lost.length < settings.length) return line;
      const instead = "server.yaml or the environment says it otherwise";
      return { ...line, outcome: "overridden", why: why === "" ? instead : `${instead}; ${why}` };
    });
  }

  place(path: Path): Place {
    const ofBase = this.#ofBase(path);
    if (ofBase !== undefined) return ofBase;
    const [document, rest] = this.#origin(path);
    return document.place(rest);
  }

  keyPlace(path: Path, key: string): Place {
    const ofBase = this.#ofBase([...path, key]);
    if (ofBase !== undefined) return ofBase;
    const [document, rest] = this.#origin([...path, key]);
    return rest.length === 0 ? document.place([]) : document.keyPlace(rest.slice(0, -1), key);
  }

  /** The last variable that says it, or the file. */
  #origin(path: Path): [YamlDocument, Path] {
    const origin = this.#overrides.findLast(({ path: to }) => isPrefix(to, path));
    return origin === undefined ? [this.#document, path] : [origin.document, path.slice(origin.path.length)];
  }

  #ofBase(path: Path): Place | undefined {
    return path.length === 0 || this.#isSaidElsewhere(path) ? undefined : this.#base?.settings.placeOf(path);
  }

  /** A list is said as a whole. */
  #isSaidElsewhere(path: Path): boolean {
    if (this.#overrides.some(({ path: to }) => isPrefix(to, path))) return true;
    const top = valueAt(this.#document.value, path.slice(0, 1));
    return Array.isArray(top) || (top !== undefined && valueAt(this.#document.value, path) !== undefined);
  }

  /** A database is not made of parts of two. */
  #baseValue({ settings: { value } }: FreeDiameterConf): unknown {
    const { database, ...rest } = value;
    const another = this.#overrides.some(({ path: [key, part] }) => key === "database" && (part ?? "type") === "type");
    return another || valueAt(this.#document.value, ["database"]) !== undefined ? rest : { database, ...rest };
  }
}

function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.every((key, index) => path[index] === key);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function over(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above))
    merged[key] = Object.hasOwn(below, key) ? over(below[key], value) : value;
  return merged;
}

/** A copy with another value at the path; what stands in the way of an object gives way. */
function put(value: unknown, [key, ...rest]: Path, inner: unknown): unknown {
  if (key === undefined) return inner;
  const object = isObject(value) ? value : {};
  return { ...object, [key]: put(object[key], rest, inner) };
}
