/** What the server begins itself: RFC 4740 sections 8.9 to 8.12. */

import { ResultCode } from "./result-codes.js";
import { CLEARED, changeAors } from "./servers.js";
import type { AorRecord, RegistrationSession, SipServerNode, UserRecord } from "./types.js";

/** What one SIP server has of a user. */
export interface Serving {
  readonly server: SipServerNode;
  readonly aors: readonly AorRecord[];
}

/** By SIP server; of the SIP-AORs given alone, where any are. */
export function servings({ aors }: Pick<UserRecord, "aors">, only?: readonly string[]): readonly Serving[] {
  const found = new Map<string, { server: SipServerNode; aors: AorRecord[] }>();
  for (const aor of aors) {
    if (aor.server === undefined || (only !== undefined && !only.includes(aor.aor))) continue;
    const serving = found.get(aor.server.uri);
    if (serving === undefined) found.set(aor.server.uri, { server: aor.server, aors: [aor] });
    else serving.aors.push(aor);
  }
  return [...found.values()];
}

/** What one SIP server has by a session, and what without: section 6.7 has an ASR for each of the former, and an RTR for the latter. */
export interface Endings {
  readonly sessions: readonly SessionServing[];
  readonly rest: Serving | undefined;
  /** The RTR must name the SIP-AORs, for it is not for all that the SIP server has of the user. */
  readonly partial: boolean;
}

export interface SessionServing extends Serving {
  readonly session: RegistrationSession;
}

/** `all`: where a session has more SIP-AORs than are to end, it takes them along. */
export function endings({ server, aors }: Serving, all: Pick<UserRecord, "aors">): Endings {
  const sessions = new Map<string, SessionServing>();
  for (const { session } of aors) {
    if (session === undefined || sessions.has(session.id)) continue;
    const { id } = session;
    sessions.set(id, { server, session, aors: all.aors.filter((aor) => aor.session?.id === id) });
  }
  const rest = aors.filter(({ session }) => session === undefined);
  return {
    sessions: [...sessions.values()],
    rest: rest.length > 0 ? { server, aors: rest } : undefined,
    partial: sessions.size > 0,
  };
}

/** The SIP server has ended it, or says that it knows nothing of the user. */
export function hasEnded(resultCode: number): boolean {
  return (
    (resultCode >= 2000 && resultCode < 3000) ||
    resultCode === ResultCode.DIAMETER_ERROR_USER_UNKNOWN ||
    resultCode === ResultCode.DIAMETER_ERROR_IDENTITY_NOT_REGISTERED
  );
}

/** What that SIP server had of the user is over. What another one was given meanwhile stays. */
export function terminated(record: UserRecord, { server, aors }: Serving): UserRecord {
  const ended = new Set(aors.map(({ aor }) => aor));
  const changed = changeAors(record, (aor) => ended.has(aor.aor) && aor.server?.uri === server.uri, CLEARED);
  return record.pending?.uri === server.uri ? { ...changed, pending: undefined } : changed;
}
