/** What SIP servers made of what the server sent them, as plain JSON. */
import type { PushOutcome, SipServerOutcome, TerminationOutcome } from "../diameter/sip-servers.js";
import { ResultCode } from "../registration/index.js";
import type { SipServerOutcomeView } from "./operations.js";

const RESULTS: ReadonlyMap<number | undefined, string> = new Map(
  Object.entries(ResultCode).map(([name, code]) => [code, name]),
);

export function outcomeView(outcome: SipServerOutcome | TerminationOutcome | PushOutcome): SipServerOutcomeView {
  const { server, aors, resultCode, error } = outcome;
  return {
    server: server.uri,
    originHost: server.originHost,
    aors,
    resultCode,
    result: RESULTS.get(resultCode),
    ...(error !== undefined && { error: error instanceof Error ? error.message : String(error) }),
    ...("ended" in outcome && { sessionId: outcome.sessionId, ended: outcome.ended }),
    ...("terminations" in outcome && { terminations: outcome.terminations?.map(outcomeView) }),
  };
}
