import { availableParallelism } from "node:os";
import type { Config } from "../config/schema/index.js";

/** Workers that a configuration asks for. */
export function workerCount({ workers }: Pick<Config, "workers">): number {
  return workers === "auto" ? availableParallelism() : workers;
}
