/** `diamgen-server registrations`: who is registered at which SIP server (RFC 4740), and what the server itself begins. */
import { Command, Option } from "commander";
import type { AdminRequests } from "../admin/requests.js";
import type { KeptUser } from "../store/registration-store.js";
import { addSocketOptions, adminClient, type SocketOptions } from "./admin-source.js";
import { collected } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { put, table } from "./output.js";
import { outcomesTable, recordJson, recordLines, recordRows, USERS } from "./registration-texts.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { type UserName, userArgument, userText } from "./user.js";
import { requiredConfig, withStores } from "./with-stores.js";

type Reason = NonNullable<AdminRequests["registrations.terminate"]["reason"]>;

interface ListOptions extends SourceOptions {
  readonly served?: boolean;
  readonly json?: boolean;
}

interface TerminateOptions extends SocketOptions {
  readonly aor?: readonly string[];
  readonly reason?: string;
  readonly info?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface PushOptions extends SocketOptions {
  readonly accountingInformation: boolean;
  readonly json?: boolean;
}

/** SIP-Reason-Code, RFC 4740 section 9.7.1. */
const REASONS: Readonly<Record<string, Reason>> = {
  "permanent-termination": "PERMANENT_TERMINATION",
  "new-sip-server-assigned": "NEW_SIP_SERVER_ASSIGNED",
  "sip-server-change": "SIP_SERVER_CHANGE",
  "remove-sip-server": "REMOVE_SIP_SERVER",
};

type Finish = (code: number) => void;

export function registrationsCommand(finish: Finish): Command {
  const command = new Command("registrations").description(
    "registrations of RFC 4740: looked at in the database of the configuration, ended by a running server",
  );
  for (const make of [listCommand, showCommand, terminateCommand, pushCommand]) command.addCommand(make(finish));
  return command;
}

function listCommand(finish: Finish): Command {
  const command = addSourceOptions(new Command("list"))
    .description("list the SIP-AORs of all users of whom something is kept, and their SIP servers")
    .option("--served", "only of users whom a SIP server has")
    .option("--json", "one JSON object a line for each user");
  return command.action(async ({ served, json, ...source }: ListOptions) => {
    const config = await requiredConfig(command, source);
    await withStores(config, async ({ registrations }) => {
      if (json !== true) await put(table([USERS]));
      const wanted = ({ record }: KeptUser) =>
        served !== true || record.aors.some(({ server }) => server !== undefined);
      let afterId = 0;
      for (;;) {
        const page = await registrations.list({ afterId });
        const last = page.at(-1);
        if (last === undefined) return;
        afterId = last.id;
        const records = page.filter(wanted).map(({ record }) => record);
        const text =
          json === true
            ? records.map((record) => `${JSON.stringify(recordJson(record))}\n`).join("")
            : table(records.flatMap(recordRows));
        if (!(await put(text))) return;
      }
    });
    finish(ExitCode.OK);
  });
}

function showCommand(finish: Finish): Command {
  const command = addSourceOptions(new Command("show"))
    .description("show what is kept of a user: SIP-AORs, SIP servers, profile")
    .addArgument(userArgument())
    .option("--json", "as JSON");
  return command.action(async (user: UserName, { json, ...source }: ListOptions) => {
    const config = await requiredConfig(command, source);
    const there = await withStores(config, async ({ subscribers, registrations }) => {
      if ((await subscribers.find(user.username, user.domain)) === undefined) return false;
      const record = await registrations.find(user);
      await put(json === true ? `${JSON.stringify(recordJson(record))}\n` : recordLines(record));
      return true;
    });
    if (!there) process.stderr.write(`diamgen-server: there is no subscriber ${userText(user)}\n`);
    finish(there ? ExitCode.OK : ExitCode.INVALID);
  });
}

function terminateCommand(finish: Finish): Command {
  const command = addSocketOptions(new Command("terminate"))
    .description(
      "end a user's registrations: a Registration-Termination-Request to each SIP server that has the user, an Abort-Session-Request for each session that it maintains",
    )
    .addArgument(userArgument())
    .addOption(
      new Option("--aor <uri>", "of this SIP-AOR alone; may be given several times; all where left out").argParser(
        collected,
      ),
    )
    .addOption(
      new Option("--reason <reason>", "SIP-Reason-Code; an Abort-Session-Request has none")
        .choices(Object.keys(REASONS))
        .default("permanent-termination"),
    )
    .option("--info <text>", "SIP-Reason-Info, which the user may be shown")
    .option("--force", "over with us, whatever the SIP server answers: for one that is gone for good")
    .option("--json", "one JSON object a line for each SIP server");
  return command.action(
    async (user: UserName, { aor, reason = "", info, force, json, ...source }: TerminateOptions) => {
      const client = await adminClient(command, source);
      const request = { user: userText(user), aors: aor && [...aor], reason: REASONS[reason], info, force };
      const { outcomes } = await client.call("registrations.terminate", request);
      await put(outcomesTable(outcomes, json));
      finish(verdict(user, outcomes, ({ ended }) => ended === true));
    },
  );
}

function pushCommand(finish: Finish): Command {
  const command = addSocketOptions(new Command("push"))
    .description("send a user's profile, as it is stored, to each SIP server that has the user: Push-Profile-Request")
    .addArgument(userArgument())
    .option("--no-accounting-information", "without SIP-Accounting-Information, where that is configured")
    .option("--json", "one JSON object a line for each SIP server");
  return command.action(async (user: UserName, { accountingInformation, json, ...source }: PushOptions) => {
    const client = await adminClient(command, source);
    const request = { user: userText(user), accountingInformation };
    const { outcomes } = await client.call("registrations.push", request);
    await put(outcomesTable(outcomes, json));
    finish(verdict(user, outcomes, ({ resultCode = 0 }) => Math.trunc(resultCode / 1000) === 2));
  });
}

/** Done where every SIP server has done it, and there was one. */
function verdict<Outcome>(user: UserName, outcomes: readonly Outcome[], done: (outcome: Outcome) => boolean): number {
  if (outcomes.length === 0)
    process.stderr.write(`diamgen-server: no SIP server has ${userText(user)}, so none was told\n`);
  return outcomes.length > 0 && outcomes.every(done) ? ExitCode.OK : ExitCode.INVALID;
}
