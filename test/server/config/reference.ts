/** The reference of the configuration, from the schema. */
import { z } from "zod";
import { variableOf } from "../../../server/src/config/environment.js";
import { configSchema } from "../../../server/src/config/schema/index.js";
import { objectOf, unwrap } from "../../../server/src/config/schema/walk.js";

export interface Documented {
  readonly path: string;
  readonly description: string | undefined;
  readonly row: string;
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
      const plain = fallback !== undefined && object === undefined ? `\`${JSON.stringify(fallback.value)}\`` : "";
      const need = optional ? plain || "-" : "**needed**";
      const variable = listed ? "" : `\`${variableOf(path)}\``;
      const notes = [info?.secret ? "secret" : "", live ? "SIGHUP" : ""].filter(Boolean).join(", ");
      const row = `| \`${name}\` | ${info?.description.replaceAll("|", "\\|") ?? ""} | ${need} | ${variable} | ${notes} |`;
      found.set(name, { path: name, description: info?.description, row });
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
