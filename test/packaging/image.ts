/**
 * An image without Docker, its base being the machine that the tests run on: each stage is an overlay over the root of the file system, in a mount
 * namespace of its own, so that nothing on the machine changes and nothing stays mounted. What it is not: a build by Docker, on the base that the
 * Dockerfile names.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, run } from "../support/process.js";
import { type Requirement, requireTool } from "../support/require.js";
import type { ImageConfig, Instruction, Parsed, Stage } from "./dockerfile.js";

/** What Docker has where no image says otherwise. */
const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const isRoot = process.getuid?.() === 0;

export const imageRequirements: readonly Requirement[] = [
  { available: isRoot, path: "", reason: isRoot ? "" : "only root may mount" },
  ...["unshare", "nsenter", "setpriv", "ip", "useradd"].map(requireTool),
];

/** $1: the folder of a stage. Mounts its root; what follows in $2... is done there. */
const MOUNT = `
dir=$1; root=$1/root; shift
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$root"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
`;

const NAMESPACE = ["--mount", "--propagation", "private"];

/** A stage: what it has written stands in `upper`. */
class Layer {
  readonly folder: string;
  #workdir = "/";

  constructor(folder: string) {
    this.folder = folder;
    for (const name of ["upper", "work", "root"]) mkdirSync(join(folder, name), { recursive: true });
  }

  /** Where a path of the image is, if this stage wrote it. */
  written(path: string): string {
    return join(this.folder, "upper", path);
  }

  async perform(instruction: Instruction, sourceOf: (from: string | undefined, path: string) => string): Promise<void> {
    if (instruction.kind === "workdir") {
      this.#workdir = instruction.path;
      await this.run(`mkdir -p ${instruction.path}`, "/");
    } else if (instruction.kind === "run") await this.run(instruction.command, this.#workdir);
    else await this.#copy(instruction, sourceOf);
  }

  /** As Docker does: of a folder its content; into a folder where there are several, or the path ends as one. */
  async #copy(
    { from, sources, to }: Extract<Instruction, { kind: "copy" }>,
    sourceOf: (from: string | undefined, path: string) => string,
  ): Promise<void> {
    const path = join(this.#workdir, to);
    for (const source of sources) {
      const file = sourceOf(from, source);
      const isFolder = statSync(file).isDirectory();
      const folder = isFolder || to.endsWith("/") ? path : join(path, "..");
      await this.#inside(`mkdir -p "$root/$2" && cp -a "$1" "$root/$3"`, [isFolder ? `${file}/.` : file, folder, path]);
    }
  }

  async run(command: string, workdir: string): Promise<void> {
    await this.#inside(`exec chroot "$root" /bin/sh -euc 'cd "$1" && eval "$2"' sh "$1" "$2"`, [workdir, command]);
  }

  async #inside(script: string, args: readonly string[]): Promise<void> {
    const command = [...NAMESPACE, "sh", "-euc", `${MOUNT}${script}`, "sh", this.folder, ...args];
    const { code, output } = await run("unshare", command, { timeoutMs: 120_000 });
    if (code !== 0) throw new Error(`${script} ${args.join(" ")} ended with ${code}:\n${output}`);
  }
}

export interface BuildOptions {
  /** What COPY copies from. */
  readonly context: string;
  /** What is done instead of a RUN, in the folder of the machine that is the root of the stage's own files. */
  readonly instead: Readonly<Record<string, (written: (path: string) => string) => void>>;
}

export class Image implements AsyncDisposable {
  readonly config: ImageConfig;
  readonly #folder: string;
  readonly #last: Layer;

  private constructor(config: ImageConfig, folder: string, last: Layer) {
    this.config = config;
    this.#folder = folder;
    this.#last = last;
  }

  static async build({ stages, config }: Parsed, options: BuildOptions): Promise<Image> {
    const folder = mkdtempSync(join(tmpdir(), "diamgen-image-"));
    try {
      const layers = new Map<string, Layer>();
      let last: Layer | undefined;
      for (const [index, stage] of stages.entries()) {
        last = new Layer(join(folder, `${index}`));
        await performAll(stage, last, layers, options);
        if (stage.name !== undefined) layers.set(stage.name, last);
      }
      if (last === undefined) throw new Error("a Dockerfile without a stage");
      return new Image(config, folder, last);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where a path of the image is, if the last stage wrote it. */
  written(path: string): string {
    return this.#last.written(path);
  }

  /** Runs it as `docker run --read-only --cap-drop ALL --security-opt no-new-privileges` would, in a network of its own. */
  start(env: Readonly<Record<string, string>>): Container {
    const { volumes, entrypoint, command } = this.config;
    const script = `${MOUNT}
      ip link set lo up
      for volume in ${volumes.join(" ")}; do
        copy=$dir/volumes$volume
        rm -rf "$copy"; mkdir -p "$(dirname "$copy")"; cp -a "$root$volume" "$copy"
      done
      mount -o remount,ro "$root"
      for volume in ${volumes.join(" ")}; do mount --bind "$dir/volumes$volume" "$root$volume"; done
      mount -t tmpfs tmpfs "$root/tmp"
      exec chroot "$root" "$@"`;
    const all = { PATH: STANDARD_PATH, HOME: "/", ...this.config.env, ...env };
    const inside = [...asUser(this.config.user), ...withEnvironment(all), ...entrypoint, ...command];
    const args = [...NAMESPACE, "--net", "sh", "-euc", script, "sh", this.#last.folder, ...inside];
    return new Container(Program.start("unshare", args), this.config, all);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function performAll(
  { instructions }: Stage,
  layer: Layer,
  layers: ReadonlyMap<string, Layer>,
  { context, instead }: BuildOptions,
): Promise<void> {
  for (const instruction of instructions) {
    const other = instruction.kind === "run" ? instead[instruction.command] : undefined;
    if (other !== undefined) other((path) => layer.written(path));
    // All of the context is not what is tested here.
    else if (instruction.kind === "copy" && instruction.sources.includes(".")) continue;
    else
      await layer.perform(instruction, (from, path) =>
        from === undefined ? join(context, path) : (layers.get(from)?.written(path) ?? ""),
      );
  }
}

/** A program that runs in the image. */
export class Container implements AsyncDisposable {
  readonly program: Program;
  readonly #config: ImageConfig;
  readonly #env: Readonly<Record<string, string>>;

  constructor(program: Program, config: ImageConfig, env: Readonly<Record<string, string>>) {
    this.program = program;
    this.#config = config;
    this.#env = env;
  }

  /** As `docker exec` does. */
  execute(command: readonly string[]): ReturnType<typeof run> {
    const { pid } = this.program;
    const inside = [...asUser(this.#config.user), ...withEnvironment(this.#env), ...command];
    return run("nsenter", [`--target=${pid}`, "--mount", "--net", "--root", "--wd", "--", ...inside]);
  }

  /** The health check of the image: 0 is healthy. */
  async health(): Promise<number | null> {
    return (await this.execute(this.#config.healthcheck)).code;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]();
  }
}

function asUser(user: string): readonly string[] {
  const [uid, gid] = user.split(":");
  return [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    "--no-new-privs",
    "--bounding-set=-all",
    "--",
  ];
}

const withEnvironment = (env: Readonly<Record<string, string>>): readonly string[] => [
  ...["env", "-i"],
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
];
