/** The manual pages are what the programs say of themselves, and pages that mandoc and groff have nothing against. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { ExitCode as GeneratorExitCode } from "../../generator/diamgen/src/cli/exit-code.js";
import { ExitCode } from "../../server/src/cli/exit-code.js";
import { run } from "../support/process.js";
import { repositoryPath, requireTool, testWith } from "../support/require.js";
import { exitCodes, generatorExitCodes, pages } from "./pages.js";
import { inline, text } from "./roff.js";

const all = pages();

describe.each(all)("$file", ({ file, content }) => {
  const path = repositoryPath(file);

  test("is what the program makes of it; UPDATE=1 writes it", () => {
    if (process.env.UPDATE === "1") {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    } else
      expect(existsSync(path) ? readFileSync(path, "utf8") : "", `UPDATE=1 npx vitest run test/manual`).toBe(content);
  });

  testWith([requireTool("mandoc")], "mandoc has nothing against it", async () => {
    // "referenced manual not found" is about the machine; other programs' pages need not be there.
    const { output } = await run("mandoc", ["-Tlint", "-Wstyle"], { input: content });
    expect(output.split("\n").filter((line) => line !== "" && !line.includes("referenced manual not found"))).toEqual(
      [],
    );
  });

  testWith([requireTool("groff")], "groff has nothing against it", async () => {
    const { code, output, stdout } = await run("groff", ["-man", "-Tascii", "-ww", "-z"], { input: content });
    expect({ code, output, stdout }).toEqual({ code: 0, output: "", stdout: "" });
  });

  test("is published with its package", () => {
    const [, folder = "", within = ""] = /^(server|generator\/diamgen)\/(.*)$/.exec(file) ?? [];
    const manifest = JSON.parse(readFileSync(repositoryPath(`${folder}/package.json`), "utf8")) as {
      man: readonly string[];
      files: readonly string[];
    };
    expect(manifest.man).toContain(`./${within}`);
    expect(manifest.files).toContain(within.slice(0, within.indexOf("/")));
  });
});

testWith(
  [requireTool("mandoc")],
  "a reader sees every command, option and setting, to be copied as they stand",
  async () => {
    const shown = new Map<string, string>();
    for (const { file, content } of all) {
      const { stdout } = await run("mandoc", ["-Tascii", "-Owidth=200"], { input: content });
      // Bold and italic are overstruck.
      shown.set(basename(file), stdout.replace(/.[\b]/g, ""));
    }
    expect(shown.get("diamgen-server.8")).toMatch(/^ {3}diamgen-server subscriber add \[options\] user@domain$/m);
    expect(shown.get("diamgen-server.8")).toMatch(/^ +-c, --config file$/m);
    expect(shown.get("diamgen-server.8")).toMatch(/^ +--keep-password$/m);
    expect(shown.get("diamgen-server.yaml.5")).toMatch(/^ +database\.busyTimeoutMs$/m);
    expect(shown.get("diamgen-server.yaml.5")).toContain(`DIAMGEN_ACCEPT='["opensips.example.net"]'`);
    for (const line of readFileSync(repositoryPath("server/examples/server.yaml"), "utf8").trim().split("\n"))
      expect(shown.get("diamgen-server.yaml.5")).toContain(line);
    expect(shown.get("diamgen.1")).toMatch(/^ {3}diamgen decode \[options\] \[file\]$/m);
  },
);

test("every exit code is explained", () => {
  expect(Object.keys(exitCodes).map(Number)).toEqual(Object.values(ExitCode));
  expect(Object.keys(generatorExitCodes).map(Number)).toEqual(Object.values(GeneratorExitCode));
});

describe("text", () => {
  test("is not taken for requests, and is set as it was written", () => {
    expect(text(".so /etc/passwd")).toEqual(["\\&.so /etc/passwd"]);
    expect(text("'tis \\fB")).toEqual(["\\(aqtis \\efB"]);
    expect(inline("`a-b` **c** <d-e> [f](g) ~^")).toBe("\\fBa\\-b\\fR \\fBc\\fR \\fId\\-e\\fR f \\(ti\\(ha");
  });

  test("begins a line with each sentence, and with what does not fit", () => {
    expect(text("One. Two! `Three.` Four")).toEqual(["One.", "Two!", "\\fBThree.\\fR", "Four"]);
    const long = text(Array.from({ length: 40 }, (_, index) => `${index}.5`).join(" "));
    expect(long.length).toBeGreaterThan(1);
    expect(long.filter((line) => line.length > 78 || line.startsWith("."))).toEqual([]);
  });

  test("of other alphabets is refused, for who knows what a terminal shows", () => {
    expect(() => text("caf\u00e9")).toThrow(/not of ASCII/);
  });
});
