/** The image of server/packaging/docker: its Dockerfile, what it copies, and that what it holds starts, becomes healthy and stops. */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ignoring from "@balena/dockerignore";
import { validate } from "dockerfile-utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig, parseConfig } from "../../server/src/config/load.js";
import { temporaryFolder } from "../server/program.js";
import { dissect, resultCode } from "../support/dissect.js";
import { golden } from "../support/golden.js";
import { run } from "../support/process.js";
import { describeWith, repositoryPath, requireTool, testWith } from "../support/require.js";
import { parseDockerfile } from "./dockerfile.js";
import { Image, imageRequirements } from "./image.js";

const FOLDER = repositoryPath("server/packaging/docker");
const text = readFileSync(`${FOLDER}/Dockerfile`, "utf8");
const parsed = parseDockerfile(text);
const { workspaces } = JSON.parse(readFileSync(repositoryPath("package.json"), "utf8")) as { workspaces: string[] };

/** What has to be. */
const SET = { DIAMGEN_IDENTITY: "aaa.example.net", DIAMGEN_ACCEPT: '["*"]' };

describe("the Dockerfile", () => {
  test("is one that the linter has nothing against", () => {
    expect(validate(text)).toEqual([]);
  });

  test("stands on a base that is an argument, in two stages", () => {
    expect(parsed.stages.map(({ name }) => name)).toEqual(["build", undefined]);
    for (const { from } of parsed.stages) expect(from).toMatch(/^\$\{NODE_IMAGE\}$/);
    expect(parsed.args).toEqual({ NODE_IMAGE: expect.stringMatching(/^node:20-\w+-slim$/) });
  });

  test("runs as a user by number, who is not root; SIGTERM ends it; no shell stands between", () => {
    const { user, stopSignal, entrypoint, command, ports } = parsed.config;
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(stopSignal).toBe("SIGTERM");
    expect([...entrypoint, ...command]).toEqual(["diamgen-server", "--config", "/etc/diamgen/server.yaml"]);
    expect(ports).toEqual([3868, 5868, 9868]);
  });

  test("installs what the manifests of all workspaces ask for, before the sources come", () => {
    const [build] = parsed.stages;
    const copied = build?.instructions.flatMap((one) => (one.kind === "copy" ? one.sources : [])) ?? [];
    const manifests = workspaces.map((folder) => `${folder}/package.json`);
    expect(copied).toEqual(["package.json", "package-lock.json", ...manifests, "."]);
  });
});

test("the context has all that is built, and neither tests nor what lies about", async () => {
  const { stdout } = await run("git", [
    "-C",
    repositoryPath("."),
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
  ]);
  const tracked = stdout.trim().split("\n");
  const filter = ignoring
    .default()
    .add(readFileSync(repositoryPath(".dockerignore"), "utf8"))
    .createFilter();
  const passes = tracked.filter(filter);
  const needed =
    /^(?:LICENSE|NOTICE|package(?:-lock)?\.json|tsconfig\.(?:base|build)\.json|(?:dictionaries|examples|generated|generator|runtime|scripts|server)\/.*)$/;
  expect(passes).toEqual(tracked.filter((file) => needed.test(file)));
  const not = [
    ".git/config",
    "node_modules/pg/package.json",
    "server/node_modules/kysely/package.json",
    "server/dist/index.js",
    "test/support/process.ts",
    "runtime/dist/tsconfig.tsbuildinfo",
    "diamgen.db",
    "server/x.db-wal",
    "database-password",
  ];
  expect(not.filter(filter)).toEqual([]);
});

test("its configuration is one, with what has to be set", () => {
  const file = `${FOLDER}/server.yaml`;
  const yaml = readFileSync(file, "utf8");
  expect(parseConfig(file, `${yaml}\nidentity: aaa.example.net\naccept: [opensips.example.net]\n`)).toMatchObject({
    listen: [{ host: "0.0.0.0", port: 3868 }],
    database: { type: "sqlite" },
  });
  for (const path of ["/var/lib/diamgen", "/var/spool/diamgen"]) {
    expect(parsed.config.volumes).toContain(path);
    expect(yaml).toContain(path);
  }
});

testWith(
  [requireTool("docker-compose")],
  "the example with PostgreSQL is one for Compose, and configures the server",
  async () => {
    const folder = temporaryFolder();
    cpSync(`${FOLDER}/compose.yaml`, join(folder, "compose.yaml"));
    writeFileSync(join(folder, "database-password"), "from a file\n");
    const { code, stdout, output } = await run("docker-compose", ["--file", join(folder, "compose.yaml"), "config"]);
    expect(code, output).toBe(0);
    const { diamgen, database } = (
      parse(stdout) as { services: Record<string, { environment: Record<string, string> }> }
    ).services;
    // Where the secret is in the container, it is in our folder here.
    const environment = Object.fromEntries(
      Object.entries(diamgen?.environment ?? {}).map(([name, value]) => [name, value.replace("/run/secrets", folder)]),
    );
    const { config } = await loadConfig({ config: `${FOLDER}/server.yaml` }, environment);
    expect(config).toMatchObject({
      identity: "aaa.example.net",
      accept: ["opensips.example.net"],
      database: { type: "postgresql", host: "database", password: "from a file", prepare: true },
    });
    expect(config.database).toMatchObject({
      user: database?.environment.POSTGRES_USER,
      database: database?.environment.POSTGRES_DB,
    });
  },
);

describeWith(imageRequirements, "the image, on this machine as its base", () => {
  let image: Image;

  beforeAll(async () => {
    image = await Image.build(parsed, {
      context: repositoryPath("."),
      // These two take minutes, and are what `npm test` and test/bundle/pack.test.ts do anyway: the packages as they are built stand in for what they make.
      instead: {
        "npm ci --no-audit --no-fund": () => {},
        "npm run build && npm run pack": (written) => {
          for (const folder of workspaces) packInto(written("/src/pack"), folder);
        },
      },
    });
  }, 120_000);

  afterAll(() => image?.[Symbol.asyncDispose]());

  test("has the server, what it needs in production, and folders of its own user", () => {
    const modules = image.written("/opt/diamgen/node_modules");
    expect(existsSync(join(modules, "@diamgen/server/bin/diamgen-server.js"))).toBe(true);
    for (const name of ["vitest", "typescript", "ts-morph", "diamgen"])
      expect(existsSync(join(modules, name)), name).toBe(false);
    for (const volume of parsed.config.volumes) {
      const { uid, gid, mode } = statSync(image.written(volume));
      expect([`${uid}:${gid}`, mode & 0o777]).toEqual([parsed.config.user, 0o700]);
    }
  });

  test("says what has to be set", async () => {
    await using container = image.start({});
    expect(await container.program.waitExit()).toEqual({ code: 1, signal: null });
    expect(container.program.output).toMatch(/: identity is missing/);
  });

  test("starts, becomes healthy, answers a CER, and stops on its signal, its files read-only and without privileges", async () => {
    const { stopSignal } = parsed.config;
    await using container = image.start(SET);
    const { program } = container;
    await program.waitFor(/^listening on 0\.0\.0\.0 port 3868 as aaa\.example\.net$/m, { timeoutMs: 30_000 });
    expect(await container.health()).toBe(0);

    const cer = golden("opensips-3.2-auth", 1).hex;
    const ask = `const s = require("net").connect(3868, "127.0.0.1", () => s.write(Buffer.from("${cer}", "hex")));
      s.once("data", (octets) => { console.log(octets.toString("hex")); s.destroy(); });`;
    const { stdout } = await container.execute(["node", "--eval", ask]);
    expect(resultCode(dissect(Buffer.from(stdout.trim(), "hex")))).toBe(2001);
    expect((await container.execute(["touch", "/opt/diamgen/x"])).code).not.toBe(0);
    for (const volume of parsed.config.volumes)
      expect((await container.execute(["touch", `${volume}/x`])).code, volume).toBe(0);
    const peers = await container.execute(["diamgen-server", "peers"]);
    expect(peers).toMatchObject({ code: 0, stdout: expect.stringMatching(/^PEER /) });

    program.kill(stopSignal as NodeJS.Signals);
    expect(await program.waitExit({ timeoutMs: 15_000 })).toEqual({ code: 0, signal: null });
  });

  test("is not healthy where the server does not answer", async () => {
    await using container = image.start(SET);
    await container.program.waitFor(/^listening on /m, { timeoutMs: 30_000 });
    container.program.kill("SIGSTOP");
    try {
      const late = await container.execute(["timeout", "1", ...parsed.config.healthcheck]);
      expect(late.code).not.toBe(0);
    } finally {
      container.program.kill("SIGCONT");
    }
  });
});

/** A package as `npm pack` would have it, without making it smaller. */
function packInto(target: string, folder: string): void {
  const from = repositoryPath(folder);
  const { name, files } = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as {
    name: string;
    files: string[];
  };
  for (const path of ["package.json", ...files]) {
    const source = path === "dictionaries" ? repositoryPath(path) : join(from, path);
    mkdirSync(join(target, name), { recursive: true });
    cpSync(source, join(target, name, path), { recursive: true });
  }
}
