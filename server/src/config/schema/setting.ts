/** What is said of a setting beside its shape: for the reference, for what is printed, for reloading. */
import { z } from "zod";

export interface SettingInfo {
  /** One or two sentences in Markdown: what it does, its unit, what happens without it. */
  readonly description: string;
  /** Never printed. */
  readonly secret?: boolean | undefined;
  /** A path; a relative one starts from the folder of the file that it stands in. */
  readonly path?: boolean | undefined;
  /** SIGHUP brings it into force, with all that is below it. */
  readonly reload?: boolean | undefined;
  /** For the reference, where it has no default. */
  readonly example?: unknown;
}

/** Of this schema alone: zod's own registry is global. */
export const settings = z.registry<SettingInfo>();

/** The same schema, described. */
export function setting<S extends z.ZodType>(
  schema: S,
  description: string,
  info: Omit<SettingInfo, "description"> = {},
): S {
  settings.add(schema, { description, ...info });
  return schema;
}
