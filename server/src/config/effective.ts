/** The configuration that is in force, for people to read: every default filled in, secrets masked. */
import { stringify } from "yaml";
import { type Config, configSchema } from "./schema/index.js";
import { mapSettings } from "./schema/walk.js";

export const MASKED = "(set)";

export function masked(config: Config): unknown {
  return mapSettings(configSchema, config, (value, info) =>
    info.secret === true && value !== undefined ? MASKED : value,
  );
}

export function effectiveYaml(config: Config): string {
  return stringify(masked(config), { lineWidth: 0 });
}
