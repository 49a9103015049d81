/** The reference of the configuration, from the schema. */
import { z } from "zod";
import { variableOf } from "../../../server/src/config/environment.js";
import { configSchema } from "../../../server/src/config/schema/index.js";
import { objectOf, unwrap } from "../../../server/src/config/schema/walk.js";

export interface Documented {
  readonly path: string;
  readonly description: string | undefined;
  /** As JSON; undefined where there is none, or where its parts say it. */
  readonly fallback: string | undefined;
  readonly needed: boolean;
  /** Of the environment; undefined for what stands in a list. */
  readonly variable: string | undefined;
  readonly secret: boolean;
  /** SIGHUP brings it into force. */
  readonly reload: boolean;
}

/** Every setting, once; those that several databases have once. */
export function reference(): readonly Documented[] {
  const found = new Map<string, Documented>();
  const visit = (schema: z.ZodType, path: readonly string[], reload: boolean, listed: boolean): void => {
    const { schema: here, info, optional, fallback } = unwrap(schema);
    const name = path.join(".").replaceAll(".[]", "[]");
    const live = reload || info?.reload === true;
    const object = objectOf(here, undefined);
    if (path.length > 0 && path.at(-1) !== "[]" && !found.has(name)) {
      found.set(name, {
        path: name,
        description: info?.description,
        fallback: fallback !== undefined && object === undefined ? JSON.stringify(fallback.value) : undefined,
        needed: !optional,
        variable: listed ? undefined : variableOf(path),
        secret: info?.secret === true,
        reload: live,
      });
    }
    if (here instanceof z.ZodArray) visit(here.element as z.ZodType, [...path, "[]"], live, true);
    const options = here instanceof z.ZodDiscriminatedUnion ? (here.options as z.ZodType[]) : object ? [object] : [];
    for (const option of options)
      for (const [key, inner] of Object.entries(objectOf(option, undefined)?.shape ?? {}))
        visit(inner as z.ZodType, [...path, key], live, listed);
  };
  visit(configSchema, [], false, false);
  return [...found.values()];
}

/** A row of the table in docs/configuration.md. */
export function row({ path, description = "", fallback, needed, variable, secret, reload }: Documented): string {
  const plain = fallback === undefined ? "" : `\`${fallback}\``;
  const notes = [secret ? "secret" : "", reload ? "SIGHUP" : ""].filter(Boolean).join(", ");
  const cells = [
    `\`${path}\``,
    description.replaceAll("|", "\\|"),
    needed ? "**needed**" : plain || "-",
    variable === undefined ? "" : `\`${variable}\``,
    notes,
  ];
  return `| ${cells.join(" | ")} |`;
}
