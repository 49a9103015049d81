/** `diamgen-server records sessions`: what the records of the database say of each session. */
import { Command, Option } from "commander";
import type { AccountingSession, AccountingSessionState } from "../accounting/sessions.js";
import { seconds, time } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { put, table } from "./output.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { requiredConfig, withStores } from "./with-stores.js";

interface SessionsOptions extends SourceOptions {
  readonly session?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly state?: readonly AccountingSessionState[];
  readonly silentAfter?: number;
  readonly irregular?: boolean;
  readonly json?: boolean;
}

/** Lines that are lined up with each other. */
const LINES = 200;

export function sessionsCommand(finish: (code: number) => void): Command {
  const command = addSourceOptions(new Command("sessions"))
    .description(
      "list the sessions of START, INTERIM and STOP records: begun, stopped, how long, which records are missing; reads every record where no time is given",
    )
    .option("--session <id>", "of this Session-Id alone")
    .addOption(
      new Option(
        "--since <time>",
        "with a record that was received then or later: ISO 8601, in UTC where no offset is given",
      ).argParser(time),
    )
    .addOption(new Option("--until <time>", "with a record that was received before").argParser(time))
    .addOption(new Option("--state <state...>", "only these").choices(["open", "silent", "stopped"]))
    .addOption(
      new Option(
        "--silent-after <seconds>",
        "open sessions count as silent after so long without a record; twice the interval of INTERIM records where left out",
      ).argParser(seconds),
    )
    .option("--irregular", "only those with something that a conforming client does not send, or with a missing record")
    .option("--json", "one JSON object a line");
  return command.action(async (options: SessionsOptions) => {
    const { session: sessionId, since, until, state, silentAfter: silentAfterSeconds, irregular } = options;
    const config = await requiredConfig(command, options);
    const { accountingSessions } = await import("../accounting/session-query.js");
    const { interimIntervalSeconds } = config.accounting;
    const supervision = { at: new Date(), silentAfterSeconds, interimIntervalSeconds };
    const wanted = (session: AccountingSession) =>
      (state === undefined || state.includes(session.state)) &&
      (irregular !== true || session.irregular.length + session.missing.length > 0);
    await withStores(config, async ({ accounting }) => {
      const write = (sessions: readonly AccountingSession[], first: boolean) =>
        put(options.json === true ? json(sessions) : table([...(first ? [HEADER] : []), ...sessions.map(row)]));
      let lines: AccountingSession[] = [];
      let first = true;
      for await (const session of accountingSessions(accounting, { sessionId, since, until, ...supervision })) {
        if (!wanted(session)) continue;
        lines.push(session);
        if (lines.length < LINES) continue;
        if (!(await write(lines, first))) return;
        first = false;
        lines = [];
      }
      if (first || lines.length > 0) await write(lines, first);
    });
    finish(ExitCode.OK);
  });
}

function json(sessions: readonly AccountingSession[]): string {
  return sessions
    .map(
      ({ subSessionId, ...session }) => `${JSON.stringify({ ...session, subSessionId: subSessionId?.toString() })}\n`,
    )
    .join("");
}

const HEADER = ["SESSION", "STATE", "STARTED", "LAST", "SECONDS", "RECORDS", "REMARKS"];

function row(session: AccountingSession): readonly string[] {
  const { sessionId, subSessionId, state, startedAt, lastAt, records, irregular, missing } = session;
  const name = subSessionId === undefined ? sessionId : `${sessionId} (${subSessionId})`;
  const gaps = missing.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const remarks = [...irregular, ...(gaps.length > 0 ? [`missing ${gaps.join(",")}`] : [])].join(" ");
  const times = [startedAt, lastAt].map((time) => time?.toISOString() ?? "-");
  return [name, state, ...times, `${session.seconds}`, `${records}`, remarks || "-"];
}
