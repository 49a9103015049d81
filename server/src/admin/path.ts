/** Where an operation is in HTTP: "peers.list" at /v1/peers/list. The version goes up where programs would be misled. */
import type { AdminOperation } from "./requests.js";

export const PREFIX = "/v1/";

export function pathOf(operation: AdminOperation | "trace"): string {
  return PREFIX + operation.replaceAll(".", "/");
}
