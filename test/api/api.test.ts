/**
 * What programs may rely on, as text: a change of it is seen before it is made. `UPDATE=1 npx vitest run test/api` writes the files anew; read the
 * difference before it is committed, say it in CHANGELOG.md, and see docs/generated-code.md for when CODEGEN_VERSION has to go up.
 */
import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { repositoryPath } from "../support/require.js";
import { ApiRenderer } from "./render.js";

const MODULES: readonly (readonly [string, string])[] = [
  ["runtime", "runtime/src/index.ts"],
  ["runtime-capture", "runtime/src/capture/index.ts"],
  ["runtime-codec", "runtime/src/codec/index.ts"],
  ["runtime-codegen", "runtime/src/codegen/index.ts"],
  ["runtime-testing", "runtime/src/testing/index.ts"],
  ["sdk-sip", "generated/src/sip/index.ts"],
];

const renderer = new ApiRenderer(MODULES.map(([, entry]) => entry));

describe.each(MODULES)("%s", (name, entry) => {
  it("exports what test/api says", async () => {
    const file = repositoryPath(`test/api/${name}.api.txt`);
    const is = renderer.render(entry);
    if (process.env.UPDATE === "1") await writeFile(file, is);
    // As lists of lines: the difference shows what was added and removed.
    expect(is.split("\n"), `${file}: see the head of api.test.ts`).toEqual((await readFile(file, "utf8")).split("\n"));
  });

  it("gives the same text again, without comments and places", () => {
    const text = renderer.render(entry);
    expect(renderer.render(entry)).toBe(text);
    expect(text).not.toMatch(/\/\*|\/\/ |\.ts:\d|import\("\//);
  });
});
