/** What becomes of each directive of an operator's freeDiameter.conf. */
import type { Place } from "../diagnostics.js";
import { type Path, pathText } from "../schema/walk.js";

export interface ReportLine extends Place {
  /** As it stands in the file: `TcTimer = 30`. */
  readonly directive: string;
  /** "overridden": honoured, had server.yaml or the environment not said it otherwise. */
  readonly outcome: "honoured" | "ignored" | "overridden";
  /** The settings that it became, as in server.yaml. */
  readonly settings: readonly string[];
  /** What it means here, or why it means nothing. */
  readonly why: string;
}

/** The settings that freeDiameter.conf gives, with the places that they come from. */
export class Settings {
  readonly value: Record<string, unknown> = {};
  readonly #places: { readonly path: Path; readonly at: Place }[] = [];

  set(path: Path, value: unknown, at: Place): void {
    this.#places.push({ path, at });
    const [key, inner] = path as readonly [string, string?];
    if (inner === undefined) this.value[key] = value;
    else this.value[key] = { ...(this.value[key] as object | undefined), [inner]: value };
  }

  /** Adds to a list; gives the path of what was added. */
  add(key: string, value: unknown, at: Place): Path {
    const list = (this.value[key] ?? []) as readonly unknown[];
    this.value[key] = [...list, value];
    this.#places.push({ path: [key, list.length], at });
    return [key, list.length];
  }

  /** Where the setting comes from, or what is nearest to it; undefined where it is not from here. */
  placeOf(path: Path): Place | undefined {
    const along = this.#places.filter(({ path: of }) => of.every((key, index) => path[index] === key));
    const below = this.#places.find(({ path: of }) => path.length > 0 && path.every((key, index) => of[index] === key));
    return (along.sort((a, b) => b.path.length - a.path.length)[0] ?? below)?.at;
  }
}

/** One line for people. */
export function reportText({ file, line, directive, outcome, settings, why }: ReportLine): string {
  const to = settings.length === 0 ? "" : ` (${settings.join(", ")})`;
  return `${file}:${line}: ${outcome}${to}: ${directive}${why === "" ? "" : `: ${why}`}`;
}

export const settingName = (path: Path): string => pathText(path);
