/** `diamgen-server subscriber add|passwd|list|delete`: who may register, in the database of the configuration. */
import { Command } from "commander";
import type { Config } from "../config/schema/index.js";
import type { SubscriberStore, SubscriberSummary } from "../store/subscriber-store.js";
import { AdminClient, AdminClientError } from "./admin-client.js";
import { ExitCode } from "./exit-code.js";
import { put, table } from "./output.js";
import { readPassword } from "./password.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { type UserName, userArgument, userText } from "./user.js";
import { requiredConfig, withStores } from "./with-stores.js";

interface PasswordOptions extends SourceOptions {
  readonly keepPassword?: boolean;
  readonly email?: string;
}

interface ListOptions extends SourceOptions {
  readonly domain?: string;
  readonly json?: boolean;
}

type Finish = (code: number) => void;

export function subscriberCommand(finish: Finish): Command {
  const command = new Command("subscriber").description("the subscribers in the database of the configuration");
  for (const make of [addCommand, passwdCommand, listCommand, deleteCommand]) command.addCommand(make(finish));
  return command;
}

function addCommand(finish: Finish): Command {
  const command = withPassword(new Command("add"), "add a subscriber").option("--email <address>", "e-mail address");
  return command.action(async (name: UserName, options: PasswordOptions) => {
    const { keepPassword, email } = options;
    await change(command, name, options, finish, async (subscribers) => {
      await subscribers.add({ ...name, password: await password(), keepPassword, emailAddress: email });
      return `${userText(name)} was added`;
    });
  });
}

function passwdCommand(finish: Finish): Command {
  const command = withPassword(new Command("passwd"), "replace every stored secret of a subscriber");
  return command.action(async (name: UserName, options: PasswordOptions) => {
    const { keepPassword } = options;
    await change(command, name, options, finish, async (subscribers) => {
      if ((await subscribers.find(name.username, name.domain)) === undefined) throw new Impossible(unknown(name));
      const done = await subscribers.setPassword(name.username, name.domain, await password(), { keepPassword });
      if (!done) throw new Impossible(unknown(name));
      return `${userText(name)} has a new password`;
    });
  });
}

function deleteCommand(finish: Finish): Command {
  const command = named(new Command("delete"), "delete a subscriber");
  return command.action(async (name: UserName, options: SourceOptions) => {
    await change(command, name, options, finish, async (subscribers) => {
      if (!(await subscribers.delete(name.username, name.domain))) throw new Impossible(unknown(name));
      return `${userText(name)} was deleted`;
    });
  });
}

function listCommand(finish: Finish): Command {
  const command = addSourceOptions(new Command("list"))
    .description("list subscribers, and which secrets are stored of them; no secret is shown")
    .option("--domain <domain>", "of this domain alone")
    .option("--json", "one JSON object a line");
  return command.action(async (options: ListOptions) => {
    const config = await requiredConfig(command, options);
    await withStores(config, async ({ subscribers }) => {
      for (let [afterId, header] = [0, [HEADER]] as [number, (readonly string[])[]]; ; ) {
        const page = await subscribers.list({ domain: options.domain, afterId });
        const last = page.at(-1);
        const lines =
          options.json === true
            ? page.map((one) => `${JSON.stringify(one)}\n`).join("")
            : table([...header, ...page.map(row)]);
        if (!(await put(lines)) || last === undefined) return;
        [afterId, header] = [last.id, []];
      }
    });
    finish(ExitCode.OK);
  });
}

const HEADER = ["SUBSCRIBER", "SECRETS"];

function row({ username, domain, stored }: SubscriberSummary): readonly string[] {
  const secrets = Object.entries(stored).flatMap(([name, there]) => (there ? [name] : []));
  return [`${username}@${domain}`, secrets.join(",") || "-"];
}

/** What the operator asked for cannot be; no failure of anything. */
class Impossible extends Error {}

async function change(
  command: Command,
  name: UserName,
  options: SourceOptions,
  finish: Finish,
  work: (subscribers: SubscriberStore) => Promise<string>,
): Promise<void> {
  const config = await requiredConfig(command, options);
  try {
    process.stderr.write(`${await withStores(config, ({ subscribers }) => work(subscribers))}\n`);
    await forgotten(config, name);
    finish(ExitCode.OK);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (!(error instanceof Impossible) && code !== "STORE_EXISTS" && code !== "STORE_INVALID") throw error;
    process.stderr.write(`diamgen-server: ${(error as Error).message}\n`);
    finish(ExitCode.INVALID);
  }
}

/** The server on this machine is told at once, where it keeps subscribers in memory; others see the change after their `ttlMs`. */
async function forgotten({ admin, database }: Config, name: UserName): Promise<void> {
  if (database.subscriberCache === undefined) return;
  const warn = (message: string) => void process.stderr.write(`diamgen-server: ${message}\n`);
  const { ttlMs } = database.subscriberCache;
  const later = `a running server may not see that for ${ttlMs} ms (database.subscriberCache.ttlMs)`;
  if (admin === undefined) return warn(`${later}: without admin.socket it cannot be told`);
  try {
    await new AdminClient(admin.socket, warn).call("subscribers.forget", { user: userText(name) });
  } catch (error) {
    if (!(error instanceof AdminClientError)) throw error;
    warn(`${later}: ${error.message}`);
  }
}

async function password(): Promise<string> {
  const read = await readPassword();
  if (read === undefined) throw new Impossible("the two passwords differ");
  return read;
}

function named(command: Command, description: string): Command {
  return addSourceOptions(command.description(description).addArgument(userArgument()));
}

function withPassword(command: Command, description: string): Command {
  return named(command, `${description}; the password is the first line of standard input, or is asked for`).option(
    "--keep-password",
    "store the password itself too, which no algorithm needs, and not its hashes alone",
  );
}

const unknown = (name: UserName) => `there is no subscriber ${userText(name)}`;
