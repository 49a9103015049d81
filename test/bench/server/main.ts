/** Measures whole servers under load, in turns, and writes what was measured to the file --json; command.mjs, which runs it, prints it. */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Requirement, requireFile, requireTool } from "../../support/requirement.js";
import { confine, familyOf, memoryOf, secondsUsed } from "./cores.js";
import { type Job, load, type Measured } from "./load.js";
import { diamgenServer, freeDiameterServer, type MeasuredServer, runtimeServer } from "./servers.js";

interface Row {
  readonly title: string;
  readonly needs: readonly Requirement[];
  readonly start: () => Promise<MeasuredServer>;
}

/** What one turn of one server shows. */
export interface Turn extends Measured {
  readonly server: string;
  readonly job: Job;
  /** Microseconds of processor time of the server for each answer, all of its processes together; and of its database. */
  readonly serverMicroseconds: number;
  readonly databaseMicroseconds: number | undefined;
  /** Resident MiB of each process of the server, the first one first. */
  readonly memory: readonly number[];
}

const JOBS: readonly Job[] = ["MAR", "ACR"];

const mariadb = [requireTool("mariadbd"), requireTool("mariadb-install-db")];
const postgresql = [requireTool("initdb")];
const freeDiameter = [requireTool("freeDiameterd"), requireTool("cc"), requireTool("mariadb_config")];

const ROWS: readonly Row[] = [
  { title: "answer only, freeDiameter", needs: freeDiameter, start: () => freeDiameterServer("answers") },
  { title: "answer only, our runtime", needs: [], start: runtimeServer },
  {
    title: "MariaDB, freeDiameter + app_opensips",
    needs: [...freeDiameter, ...mariadb],
    start: () => freeDiameterServer("app_opensips"),
  },
  { title: "MariaDB, diamgen-server", needs: mariadb, start: () => diamgenServer("MariaDB", 1) },
  { title: "MariaDB, diamgen-server, 2 workers", needs: mariadb, start: () => diamgenServer("MariaDB", 2) },
  { title: "PostgreSQL, diamgen-server", needs: postgresql, start: () => diamgenServer("PostgreSQL", 1) },
  { title: "PostgreSQL, diamgen-server, 2 workers", needs: postgresql, start: () => diamgenServer("PostgreSQL", 2) },
  { title: "SQLite, diamgen-server", needs: [], start: () => diamgenServer("SQLite", 1) },
  { title: "SQLite, diamgen-server, 2 workers", needs: [], start: () => diamgenServer("SQLite", 2) },
];

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    "warm-up": { type: "string", default: "3" },
    turns: { type: "string", default: "3" },
    connections: { type: "string", default: "8" },
    "in-flight": { type: "string", default: "16" },
    only: { type: "string", default: "" },
    json: { type: "string", default: "/dev/stdout" },
  },
});

const rows = ROWS.filter(({ title }) => title.includes(values.only));
const servers: { readonly title: string; readonly server: MeasuredServer }[] = [];
const turns: Turn[] = [];
try {
  const isBuilt = requireFile("server/dist/index.js", "npm run build");
  for (const { title, needs, start } of rows) {
    const missing = [isBuilt, ...needs].find(({ available }) => !available);
    if (missing !== undefined) process.stderr.write(`left out: ${title}: ${missing.reason}\n`);
    else servers.push({ title, server: await start() });
  }
  for (const { server } of servers) await place(server);
  for (let turn = 1; turn <= Number(values.turns); turn++) {
    for (const { title, server } of servers) {
      for (const job of JOBS) {
        process.stderr.write(`turn ${turn} of ${values.turns}: ${job} ${title}\n`);
        turns.push(await measure(title, server, job));
      }
    }
  }
} finally {
  for (const { server } of servers) await server[Symbol.asyncDispose]();
}
await writeFile(values.json, JSON.stringify(turns));

/** Clients and databases share the first core, the servers have the others. */
async function place({ pid, databasePid }: MeasuredServer): Promise<void> {
  const last = cpus().length - 1;
  if (last === 0) return;
  await confine(familyOf(pid), `1-${last}`);
  if (databasePid !== undefined) await confine(familyOf(databasePid), "0");
}

async function measure(title: string, server: MeasuredServer, job: Job): Promise<Turn> {
  const used = { server: [] as number[], database: [] as number[] };
  const { pid, databasePid } = server;
  const measured = await load({
    job,
    port: server.port,
    connections: Number(values.connections),
    inFlight: Number(values["in-flight"]),
    warmUpSeconds: Number(values["warm-up"]),
    seconds: Number(values.seconds),
    mark: () => {
      used.server.push(secondsUsed(familyOf(pid)));
      if (databasePid !== undefined) used.database.push(secondsUsed(familyOf(databasePid)));
    },
  });
  const each = ([before = 0, after = 0]: readonly number[]) => (1e6 * (after - before)) / measured.answers;
  return {
    ...measured,
    server: title,
    job,
    serverMicroseconds: each(used.server),
    databaseMicroseconds: databasePid === undefined ? undefined : each(used.database),
    memory: familyOf(pid).map(memoryOf),
  };
}
