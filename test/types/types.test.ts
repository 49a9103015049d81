/**
 * What must compile compiles, and each `@ts-expect-error` is needed: tsc reports one that is not. That the expected errors are errors of
 * types, and not slips of these tests (an unknown name, a wrong import), is checked by taking the comments away.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tsc } from "../diamgen/support.js";
import { repositoryPath } from "../support/require.js";

const FOLDER = repositoryPath("test/types");
const EXPECTED = /^\s*\/\/ @ts-expect-error: \S/;

/** Errors of types; TS2304 (an unknown name), TS2307 (an unknown module) and errors of syntax are not among them. */
const TYPE_ERRORS = new Set([
  2322, // not assignable
  2339, // no such property
  2344, // a type that does not satisfy a constraint
  2345, // an argument that is not assignable
  2353, // an excess property
  2375, // not assignable, with exactOptionalPropertyTypes
  2379, // the same of an argument
  2540, // read-only
  2551, // no such property, but one like it
  2554, // number of arguments
  2561, // an excess property, but one like it
  2739, // properties are missing
  2740,
  2741, // a property is missing
  2769, // no overload fits
]);

describe("types of generated code", () => {
  it("accept and refuse what they should", async () => {
    expect(await tsc(path.join(FOLDER, "tsconfig.json"))).toBe("");
  }, 240_000);
});

describe("each expected error", () => {
  let copy: string;
  let errors: { file: string; line: number; code: number }[];

  beforeAll(async () => {
    // Inside of the repository, for its packages are found from there.
    copy = await mkdtemp(path.join(FOLDER, ".without-"));
    for (const name of await sources()) {
      const text = await readFile(path.join(FOLDER, name), "utf8");
      // Lines stay where they are.
      await writeFile(path.join(copy, name), text.replace(/@ts-expect-error/g, "expected"));
    }
    await writeFile(
      path.join(copy, "tsconfig.json"),
      JSON.stringify({ extends: "../tsconfig.json", include: ["*.ts"], exclude: [] }),
    );
    const output = await tsc(path.join(copy, "tsconfig.json"));
    errors = [...output.matchAll(/\.without-\w+\/([\w-]+\.ts)\((\d+),\d+\): error TS(\d+):/g)].map(
      ([, file = "", line, code]) => ({
        file,
        line: Number(line),
        code: Number(code),
      }),
    );
  }, 240_000);

  afterAll(async () => {
    await rm(copy, { recursive: true, force: true });
  });

  it("is one of types", () => {
    expect(errors.length).toBeGreaterThan(40);
    expect(errors.filter(({ code }) => !TYPE_ERRORS.has(code))).toEqual([]);
  });

  it("stands where it is expected, and nowhere else", async () => {
    const expected: string[] = [];
    for (const name of await sources()) {
      const lines = (await readFile(path.join(FOLDER, name), "utf8")).split("\n");
      for (const [index, line] of lines.entries()) if (EXPECTED.test(line)) expected.push(`${name}:${index + 2}`);
    }
    expect([...new Set(errors.map(({ file, line }) => `${file}:${line}`))].sort()).toEqual(expected.sort());
  });
});

async function sources(): Promise<string[]> {
  return (await readdir(FOLDER)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
}
