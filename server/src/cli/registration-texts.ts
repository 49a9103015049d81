/** Registrations and what SIP servers answer, for people and for programs. */
import type { SipServerOutcomeView } from "../admin/operations.js";
import type { AorRecord, RegistrationSession, SipServerNode, UserRecord } from "../registration/types.js";
import { table } from "./output.js";
import { userText } from "./user.js";

export const USERS: readonly string[] = ["SUBSCRIBER", "SIP-AOR", "REGISTRATION", "SIP SERVER", "SESSION UNTIL"];

export function recordRows({ user, aors }: UserRecord): readonly (readonly string[])[] {
  return aors.map((one) => [
    userText(user),
    one.aor,
    registrationOf(one),
    serverText(one.server),
    untilText(one.session),
  ]);
}

export function recordLines(record: UserRecord): string {
  const { profile, pending, aors, userData } = record;
  const { visitedNetworks, mandatoryCapabilities, optionalCapabilities, unregisteredService } = profile;
  const lines: readonly (readonly [string, string])[] = [
    ["subscriber", userText(record.user)],
    ["visited networks", visitedNetworks === undefined ? "any" : visitedNetworks.join(", ") || "none"],
    ["mandatory capabilities", mandatoryCapabilities.join(", ") || "none"],
    ["optional capabilities", optionalCapabilities.join(", ") || "none"],
    ["services when not registered", unregisteredService ? "yes" : "no"],
    ["authentication pending at", serverText(pending)],
    ["user data", userData.map(({ type, contents }) => `${type} (${contents.length} octets)`).join(", ") || "none"],
  ];
  const rows = aors.map((one) => [
    one.aor,
    registrationOf(one),
    serverText(one.server),
    one.server === undefined ? "-" : `${one.server.originHost} (${one.server.originRealm})`,
    untilText(one.session),
    one.session?.id ?? "-",
  ]);
  const heading = ["SIP-AOR", "REGISTRATION", "SIP SERVER", "ORIGIN-HOST", "SESSION UNTIL", "SESSION-ID"];
  return `${table(lines)}\n${table([heading, ...rows])}`;
}

/** When it is over unless the SIP server registers again before. */
function untilText(session: RegistrationSession | undefined): string {
  if (session === undefined) return "-";
  return session.expiresAt === undefined ? "no end" : new Date(session.expiresAt).toISOString();
}

/** Everything but the contents of SIP-User-Data, which nobody here can read. */
export function recordJson({ user, profile, pending, aors, userData }: UserRecord) {
  const data = userData.map(({ type, contents }) => ({ type, octets: contents.length }));
  return { ...user, profile, pending, aors, userData: data };
}

const WORDS: Readonly<Record<AorRecord["registration"], string>> = {
  registered: "registered",
  unregistered: "unregistered, served",
  notRegistered: "not registered",
};

function registrationOf({ mayRegister, registration }: AorRecord): string {
  return `${WORDS[registration]}${mayRegister ? "" : ", barred"}`;
}

function serverText(server: SipServerNode | undefined): string {
  return server?.uri ?? "-";
}

const OUTCOMES = ["SIP SERVER", "ORIGIN-HOST", "SIP-AORS", "REQUEST", "ANSWER", "ENDED"];

export function outcomesTable(outcomes: readonly SipServerOutcomeView[], json: boolean | undefined): string {
  if (json === true) return outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join("");
  if (outcomes.length === 0) return "";
  // What followed a push that was too much stands below it.
  return table([OUTCOMES, ...outcomes.flatMap((one) => [one, ...(one.terminations ?? [])]).map(row)]);
}

function row(outcome: SipServerOutcomeView): readonly string[] {
  const { server, originHost, aors, sessionId, resultCode, result, error, ended } = outcome;
  const request = ended === undefined ? "PPR" : sessionId === undefined ? "RTR" : "ASR";
  const answer = resultCode === undefined ? (error ?? "none") : [resultCode, result].filter(Boolean).join(" ");
  const over = ended === undefined ? "-" : ended ? "yes" : "no";
  return [server, originHost, aors.join(" ") || "all", request, answer, over];
}
