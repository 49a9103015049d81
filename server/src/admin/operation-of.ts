/** Which operation a path of HTTP is: /v1/peers/list is "peers.list". */
import type { IncomingMessage } from "node:http";
import { AdminError } from "./admin-error.js";
import { PREFIX } from "./path.js";
import { type AdminOperation, isAdminOperation } from "./requests.js";

const READING: ReadonlySet<string> = new Set<AdminOperation>(["status", "peers.list", "statistics", "log.level"]);

/** Throws ADMIN_UNKNOWN_OPERATION. */
export function adminOperationOf({ url = "" }: Pick<IncomingMessage, "url">): AdminOperation | "trace" {
  const path = url.split("?", 1)[0] ?? "";
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length).replaceAll("/", ".") : "";
  if (name === "trace" || isAdminOperation(name)) return name;
  throw new AdminError("ADMIN_UNKNOWN_OPERATION", "there is no such operation");
}

/** It can be asked by GET, without a request: nothing changes. */
export function isReading(operation: AdminOperation): boolean {
  return READING.has(operation);
}
