/** The pages: what the programs say of themselves, among what is written by hand. */
import { readFileSync } from "node:fs";
import { programOf as generatorProgram } from "../../generator/diamgen/src/cli/main.js";
import { programOf as serverProgram } from "../../server/src/cli/main.js";
import { repositoryPath } from "../support/require.js";
import { commands, leaves, options, usage } from "./commands.js";
import { item, paragraph, type Roff, section, text, verbatim } from "./roff.js";
import { settings } from "./settings.js";

export interface Page {
  /** Of this repository, ending in its section. */
  readonly file: string;
  readonly content: string;
}

/** When the words by hand were last looked through. */
const DATE = "2026-11-22";

export const exitCodes: Readonly<Record<number, string>> = {
  0: "It went well; of a server: it was ended by a signal, in order.",
  1: "The configuration is wrong, or what was asked for cannot be, such as a subscriber who is not there; a second signal ended the server at once.",
  2: "Wrong usage.",
  3: "A file, an address or a database cannot be used; no server listens on the socket.",
  70: "A defect of the program.",
};

export const generatorExitCodes: Readonly<Record<number, string>> = {
  0: "It went well.",
  1: "A dictionary is wrong, or what `check` compares differs.",
  2: "Wrong usage.",
  3: "A file cannot be read or written.",
  70: "A defect of the program.",
};

export function pages(): readonly Page[] {
  return [
    { file: "server/packaging/man/diamgen-server.8", content: page("diamgen-server", 8, server()) },
    { file: "server/packaging/man/diamgen-server.yaml.5", content: page("diamgen-server.yaml", 5, configuration()) },
    { file: "generator/diamgen/man/diamgen.1", content: page("diamgen", 1, generator()) },
  ];
}

function page(name: string, section: number, content: Roff): string {
  const { version } = JSON.parse(readFileSync(repositoryPath("package.json"), "utf8")) as { version: string };
  const source = '.\\" Made by: UPDATE=1 npx vitest run test/manual';
  const title = `.TH ${name.toUpperCase().replaceAll("-", "\\-")} ${section} ${DATE} "diamgen ${version}"`;
  return `${[source, title, ...content].join("\n")}\n`;
}

const name = (title: string, what: string): Roff => [".SH NAME", `${title.replaceAll("-", "\\-")} \\- ${what}`];

function synopsis(program: ReturnType<typeof serverProgram>, first: readonly string[]): Roff {
  const uses = [...first, ...leaves(program, program.name()).map(usage)];
  return [".SH SYNOPSIS", ...uses.flatMap((use, index) => [...(index > 0 ? [".br"] : []), ...text(use)])];
}

const exits = (codes: Readonly<Record<number, string>>): Roff =>
  section("EXIT STATUS", ...Object.entries(codes).map(([code, words]) => item(`\`${code}\``, text(words))));

function server(): Roff {
  const program = serverProgram(() => {});
  return [
    ...name("diamgen-server", "Diameter server for SIP authentication and accounting"),
    ...synopsis(program, [
      "**diamgen-server** `--config` <file> [`--freediameter-conf` <file>] [<options>]",
      "**diamgen-server** `--demo` [<options>]",
    ]),
    ...section(
      "DESCRIPTION",
      text(
        "`diamgen-server` is a Diameter node (RFC 6733) that decides on SIP digests (RFC 4740) and keeps accounting records, for OpenSIPS and its like. Subscribers and records are in the tables of OpenSIPS, in SQLite, MariaDB or PostgreSQL.",
      ),
      paragraph(
        "It stays in the foreground. Where it listens stands on standard output, the log on standard error. An accounting record is answered with success once it is durable: in the database or, while that takes none, in the spool.",
      ),
      paragraph(
        "With one of the commands below it serves nothing: it checks a configuration, works on the database that the configuration names, whether or not a server runs on it, or asks a running server over its socket. Data goes to standard output, messages to standard error.",
      ),
    ),
    ...section("OPTIONS", options(program)),
    ...section("COMMANDS", commands(program)),
    ...section(
      "SIGNALS",
      item(
        "`SIGHUP`",
        text(
          "Reads the configuration again, and the certificates and dictionaries that it names. Settings that **diamgen-server.yaml**(5) marks so come into force, and connections stay; the log names what waits for a restart. Where the new configuration is wrong, the one before stays in force.",
        ),
      ),
      item(
        "`SIGTERM`, `SIGINT`",
        text(
          "Ends the server in order: requests that are being answered are finished, peers get a Disconnect-Peer-Request, spool and database are closed; that takes twice `shutdown.timeoutMs` at most. A second signal ends it at once.",
        ),
      ),
    ),
    ...exits(exitCodes),
    ...section(
      "ENVIRONMENT",
      item(
        "`DIAMGEN_`...",
        text("Settings, which win over the configuration file; **diamgen-server.yaml**(5) has their names."),
      ),
      item("`NO_COLOR`", text("Where it is set and not empty, messages have no colours.")),
      item(
        "`NOTIFY_SOCKET`",
        text(
          "Where systemd wants to hear how the server is: **sd_notify**(3). It is told through **systemd-notify**(1), which has to be installed then.",
        ),
      ),
    ),
    ...section(
      "FILES",
      item("<server.yaml>", text("The configuration, wherever `--config` says: **diamgen-server.yaml**(5).")),
      item(
        "</etc/diamgen/server.yaml>",
        text(
          "Where the unit for systemd, <diamgen-server.service> in the folder <packaging> of the package, expects it.",
        ),
      ),
      item("</run/diamgen/admin.sock>", text("Where commands look for a running server that nothing else names.")),
      item("</var/lib/diamgen>", text("The unit's folder for a database of SQLite and for the spool.")),
    ),
    ...section(
      "EXAMPLES",
      text("A server to try a SIP proxy with, its subscriber alice@diameter.test, her password `secret`:"),
      verbatim("diamgen-server --demo --port 3868"),
      paragraph("What is wrong with a configuration, or what would be in force:"),
      verbatim("diamgen-server check-config --config /etc/diamgen/server.yaml"),
      paragraph("To serve, with the file of the freeDiameter that is replaced, and the database said beside it:"),
      verbatim(
        "diamgen-server --freediameter-conf /etc/freeDiameter/freeDiameter.conf \\\n  --config /etc/diamgen/server.yaml",
      ),
      paragraph("A subscriber, the password from a file that nobody else may read:"),
      verbatim("diamgen-server subscriber add alice@example.net \\\n  -c /etc/diamgen/server.yaml < password"),
      paragraph("The accounting records of a day, in UTC:"),
      verbatim(
        "diamgen-server records export -c /etc/diamgen/server.yaml \\\n  --format csv --since 2026-11-22 --until 2026-11-23 > records.csv",
      ),
    ),
    ...section("SEE ALSO", text("**diamgen-server.yaml**(5), **diamgen**(1), **systemctl**(1), **freeDiameterd**(1)")),
  ];
}

function configuration(): Roff {
  return [
    ...name("diamgen-server.yaml", "configuration of diamgen-server"),
    ...section(
      "DESCRIPTION",
      text(
        "The file that `diamgen-server --config` names is YAML 1.2. A key that there is not is an error, as is everything else that would be ignored; all errors come at once, with file, line and column. `diamgen-server check-config` says them, or prints the configuration with every default filled in and secrets masked.",
      ),
      paragraph(
        "`!file` <path> as a value stands for what the file holds, without its last line break: for secrets. Relative paths start from the folder of the file that they stand in.",
      ),
    ),
    ...section("SETTINGS", settings()),
    ...section(
      "ENVIRONMENT",
      text(
        "A variable wins over the file. Its name is `DIAMGEN_` and the path of the setting in upper case: `__` between the parts of the path, `_` between the words of a part. Its value is YAML; where the setting is a text, that text. Lists are said whole. A variable that begins with `DIAMGEN_` and is no setting is an error, those apart that Kubernetes makes of a service of this name.",
      ),
      paragraph("For example, the settings `database.connectTimeoutMs` and `accept`:"),
      verbatim("DIAMGEN_DATABASE__CONNECT_TIMEOUT_MS=2000\nDIAMGEN_ACCEPT='[\"opensips.example.net\"]'"),
    ),
    ...section("EXAMPLES", verbatim(readFileSync(repositoryPath("server/examples/server.yaml"), "utf8"))),
    ...section("SEE ALSO", text("**diamgen-server**(8)")),
  ];
}

function generator(): Roff {
  const program = generatorProgram(() => {});
  return [
    ...name("diamgen", "compiler of Diameter dictionaries"),
    ...synopsis(program, []),
    ...section(
      "DESCRIPTION",
      text(
        "`diamgen` compiles dictionaries of Diameter (RFC 6733) into TypeScript: a class for each command and grouped AVP, a definition for each other AVP, in which what the grammar demands does not compile where it is missing.",
      ),
      paragraph(
        "Dictionaries are read in the formats of freeDiameter (XML), Wireshark and OpenSIPS (`dictionary.opensips`); the content decides. What is wrong with one is said with file, line and column, and then nothing is written. Data goes to standard output, messages to standard error.",
      ),
    ),
    ...section("OPTIONS", options(program)),
    ...section("COMMANDS", commands(program)),
    ...exits(generatorExitCodes),
    ...section("ENVIRONMENT", item("`NO_COLOR`", text("Where it is set and not empty, messages have no colours."))),
    ...section(
      "EXAMPLES",
      text("Typed TypeScript for a dictionary, which imports others:"),
      verbatim("diamgen generate --out src/generated acme.xml"),
      paragraph("Whether that is still what is there, for a build:"),
      verbatim("diamgen check --out src/generated acme.xml"),
      paragraph("Messages by name, and what the grammar says against them:"),
      verbatim("diamgen decode --dictionary acme.xml trace.bin"),
    ),
    ...section("SEE ALSO", text("**diamgen-server**(8), **tshark**(1)")),
  ];
}
