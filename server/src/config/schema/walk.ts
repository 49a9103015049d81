/** Walks the schema and a value side by side; zod knows shapes, the registry what is said of them. */
import { z } from "zod";
import { type SettingInfo, settings } from "./setting.js";

export type Path = readonly (string | number)[];

/** What is left when defaults and optionality are taken off, and what was found on the way. */
export interface Unwrapped {
  readonly schema: z.ZodType;
  readonly info: SettingInfo | undefined;
  readonly optional: boolean;
  /** Undefined: none, which is not the same as one that is undefined. */
  readonly fallback: { readonly value: unknown } | undefined;
}

export function unwrap(schema: z.ZodType): Unwrapped {
  let info = settings.get(schema);
  let optional = false;
  let fallback: Unwrapped["fallback"];
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      optional = true;
      fallback ??= { value: inner.def.defaultValue };
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodOptional) {
      optional = true;
      inner = inner.def.innerType as z.ZodType;
    } else return { schema: inner, info, optional, fallback };
    info ??= settings.get(inner);
  }
}

/** The object that `value` is of, where there are several; the first where it is of none. */
export function objectOf(schema: z.ZodType, value: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return undefined;
  const { discriminator } = schema.def;
  const options = schema.options as readonly z.ZodObject[];
  const is = (value as Record<string, unknown> | undefined)?.[discriminator];
  return options.find((option) => option.shape[discriminator]?.safeParse(is).success === true) ?? options[0];
}

/** The schemas from the whole to the part at `path`, that included; what lies beyond the schema is not there. */
export function schemasAlong(schema: z.ZodType, path: Path, value: unknown): Unwrapped[] {
  const found = [unwrap(schema)];
  let at = value;
  for (const key of path) {
    const { schema: here } = found.at(-1)!;
    const next: z.ZodType | undefined =
      here instanceof z.ZodArray
        ? (here.element as z.ZodType)
        : typeof key === "string"
          ? (objectOf(here, at)?.shape[key] as z.ZodType | undefined)
          : undefined;
    if (next === undefined) break;
    found.push(unwrap(next));
    at = (at as Record<string | number, unknown> | undefined)?.[key];
  }
  return found;
}

/** A copy of the value in which `change` has had its say about each setting that is no object and no list. */
export function mapSettings(
  schema: z.ZodType,
  value: unknown,
  change: (value: unknown, info: SettingInfo, path: Path) => unknown,
  path: Path = [],
  inherited: SettingInfo = { description: "" },
): unknown {
  const { schema: here, info = inherited } = unwrap(schema);
  if (Array.isArray(value) && here instanceof z.ZodArray)
    return value.map((element, index) =>
      mapSettings(here.element as z.ZodType, element, change, [...path, index], info),
    );
  const object = objectOf(here, value);
  if (object === undefined || typeof value !== "object" || value === null) return change(value, info, path);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const schemaOfKey = object.shape[key] as z.ZodType | undefined;
      return [key, schemaOfKey === undefined ? inner : mapSettings(schemaOfKey, inner, change, [...path, key], info)];
    }),
  );
}

/** "listen[0].port". */
export function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}
