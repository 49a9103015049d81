/** The configuration as a whole. A key is here when it does something. */
import { z } from "zod";
import { accountingSettings } from "./accounting.js";
import { authenticationSettings } from "./authentication.js";
import { databaseSettings } from "./database.js";
import { limitsSettings } from "./limits.js";
import { monitoringSettings } from "./monitoring.js";
import { nodeSettings } from "./node.js";
import { operationSettings } from "./operation.js";
import { registrationSettings } from "./registration.js";

const { timers, ...node } = nodeSettings;

export const configSchema = z.strictObject({
  ...node,
  database: databaseSettings,
  authentication: authenticationSettings,
  registration: registrationSettings,
  accounting: accountingSettings,
  ...operationSettings,
  ...monitoringSettings,
  timers,
  limits: limitsSettings,
});

export type Parsed = z.output<typeof configSchema>;

type WithPort<P> = P & { readonly port: number };

/** A configuration with every default filled in, paths absolute. */
export type Config = Omit<Parsed, "realm" | "listen" | "peers"> & {
  readonly realm: string;
  readonly listen: readonly WithPort<Parsed["listen"][number]>[];
  readonly peers: readonly WithPort<Parsed["peers"][number]>[];
};
