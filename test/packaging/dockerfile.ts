/** A Dockerfile as stages and instructions. */
import { type Copy, DockerfileParser, type Env } from "dockerfile-ast";

export type Instruction =
  | { readonly kind: "run"; readonly command: string }
  | {
      readonly kind: "copy";
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly kind: "workdir"; readonly path: string };

export interface Stage {
  readonly name: string | undefined;
  /** As written, variables and all. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** What stands in the image's configuration: of the last stage. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

export interface Parsed {
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
  readonly config: ImageConfig;
}

/** @throws {Error} at an instruction that is not known here, rather than leaving one out */
export function parseDockerfile(text: string): Parsed {
  const args: Record<string, string> = {};
  const stages: { name: string | undefined; from: string; instructions: Instruction[] }[] = [];
  const nothing: ImageConfig = {
    ...{ env: {}, user: "", volumes: [], ports: [], healthcheck: [], stopSignal: "", entrypoint: [], command: [] },
  };
  let config: { -readonly [key in keyof ImageConfig]: ImageConfig[key] } = { ...nothing };
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const content = instruction.getArgumentsContent() ?? "";
    const words = instruction.getArguments().map((argument) => argument.getValue());
    // The form that is run without a shell.
    const json = () => JSON.parse(content.slice(content.indexOf("["))) as readonly string[];
    const put = (step: Instruction) => stages.at(-1)?.instructions.push(step);
    switch (instruction.getKeyword()) {
      case "ARG": {
        const [name = "", value = ""] = content.split("=");
        args[name] = value;
        break;
      }
      case "FROM":
        stages.push({ name: words[2], from: words[0] ?? "", instructions: [] });
        config = { ...nothing };
        break;
      case "RUN":
        put({ kind: "run", command: content });
        break;
      case "WORKDIR":
        put({ kind: "workdir", path: content });
        break;
      case "COPY": {
        const from =
          (instruction as Copy)
            .getFlags()
            .find((flag) => flag.getName() === "from")
            ?.getValue() ?? undefined;
        put({ kind: "copy", from, sources: words.slice(0, -1), to: words.at(-1) ?? "" });
        break;
      }
      case "ENV":
        for (const property of (instruction as Env).getProperties())
          config.env = { ...config.env, [property.getName()]: property.getValue() ?? "" };
        break;
      case "VOLUME":
        config.volumes = json();
        break;
      case "EXPOSE":
        config.ports = words.map(Number);
        break;
      case "USER":
        config.user = content;
        break;
      case "HEALTHCHECK":
        config.healthcheck = json();
        break;
      case "STOPSIGNAL":
        config.stopSignal = content;
        break;
      case "ENTRYPOINT":
        config.entrypoint = json();
        break;
      case "CMD":
        config.command = json();
        break;
      default:
        throw new Error(`not known here: ${instruction.getKeyword()}`);
    }
  }
  return { args, stages, config };
}
