/** zod's issues in words, with what to do next. Values are never shown: one may be a secret. */
import { didYouMean } from "@diamgen/dictionary";
import type { z } from "zod";
import { type ConfigDiagnostic, type Place, problem } from "../diagnostics.js";
import { objectOf, type Path, pathText, schemasAlong } from "../schema/walk.js";

export interface Places {
  place(path: Path): Place;
  keyPlace(path: Path, key: string): Place;
}

type Issue = z.core.$ZodIssue;

export function diagnosticsOf(
  issues: readonly Issue[],
  schema: z.ZodType,
  value: unknown,
  places: Places,
): ConfigDiagnostic[] {
  return issues.flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownKey(key, path, schema, value, places.keyPlace(path, key)));
    return [inWords(issue, path, schema, value, places.place(path))];
  });
}

function unknownKey(key: string, path: Path, schema: z.ZodType, value: unknown, at: Place): ConfigDiagnostic {
  const here = schemasAlong(schema, path, value).at(-1)!.schema;
  const names = Object.keys(objectOf(here, valueAt(value, path))?.shape ?? {});
  const where = path.length === 0 ? "" : ` in ${pathText(path)}`;
  const hint = didYouMean(key, names) ?? `There ${names.length === 1 ? "is" : "are"} ${names.join(", ")}.`;
  return problem("CF1002", at, `there is no setting ${JSON.stringify(key.slice(0, 80))}${where}`, hint);
}

function inWords(issue: Issue, path: Path, schema: z.ZodType, value: unknown, at: Place): ConfigDiagnostic {
  const name = path.length === 0 ? "the configuration" : pathText(path);
  const info = schemasAlong(schema, path, value).at(-1)?.info;
  const given = valueAt(value, path);
  if (given === undefined && issue.code !== "custom") {
    const example = info?.example === undefined ? "" : ` For example: ${path.at(-1)}: ${JSON.stringify(info.example)}`;
    return problem("CF1003", at, `${name} is missing`, `${info?.description ?? ""}${example}`.trim() || undefined);
  }
  const wrong = (message: string, hint = info?.description) => problem("CF1004", at, `${name} ${message}`, hint);
  switch (issue.code) {
    case "invalid_type": {
      const wanted = TYPES[issue.expected] ?? issue.expected;
      const quotes = issue.expected === "string" && typeof given !== "object" ? "Put it in quotes." : undefined;
      return wrong(`must be ${wanted}, not ${kindOf(given)}`, quotes);
    }
    case "invalid_value":
      return oneOf(wrong, issue.values.map(String), given);
    case "invalid_union":
      if ("options" in issue && Array.isArray(issue.options)) return oneOf(wrong, issue.options.map(String), given);
      return wrong(issue.message);
    case "too_small":
      return wrong(
        issue.origin === "number" || issue.origin === "int" ? `must be at least ${issue.minimum}` : "is empty",
      );
    case "too_big":
      return wrong(
        issue.origin === "number" || issue.origin === "int"
          ? `must be at most ${issue.maximum}`
          : `is longer than ${issue.maximum}`,
      );
    default:
      return wrong(issue.message);
  }
}

function oneOf(
  wrong: (message: string, hint?: string) => ConfigDiagnostic,
  values: readonly string[],
  given: unknown,
): ConfigDiagnostic {
  const hint = typeof given === "string" ? didYouMean(given, values) : undefined;
  return wrong(values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(", ")}`, hint);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a number" : "a fraction";
  return { string: "a text", boolean: "true or false", object: "an object" }[typeof value as string] ?? typeof value;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | null | undefined)?.[key], value);
}
