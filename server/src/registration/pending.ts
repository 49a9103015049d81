/** Multimedia-Auth-Request with SIP-Server-URI: RFC 4740 section 8.8. */

import { assignedServer } from "./servers.js";
import type { SipServerNode, UserRecord } from "./types.js";

/** Another SIP server than the assigned one is kept aside, and authentication is pending; the assigned one ends that. */
export function authenticating(record: UserRecord, server: SipServerNode): UserRecord {
  const pending = assignedServer(record)?.uri === server.uri ? undefined : server;
  return { ...record, pending };
}
