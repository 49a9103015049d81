/** What holds for every example: it is explained, tested, and made of nothing but what a user of the packages has. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

const FOLDER = repositoryPath("examples");
const names = readdirSync(FOLDER).filter((name) => existsSync(`${FOLDER}/${name}/main.ts`));

test("there are examples", () => expect(names).not.toEqual([]));

describe.each(names)("%s", (name) => {
  const readme = readFileSync(`${FOLDER}/${name}/README.md`, "utf8");
  const sources = readdirSync(`${FOLDER}/${name}`).filter((file) => file.endsWith(".ts"));

  test("its README says how to run it, and names every source", () => {
    expect(readme).toContain(`npm run example -- ${name}`);
    for (const source of sources) expect(readme).toContain(`](${source})`);
  });

  test("README.md of the repository points to it, and a test runs it", () => {
    expect(readFileSync(repositoryPath("README.md"), "utf8")).toContain(`(examples/${name})`);
    expect(existsSync(repositoryPath(`test/examples/${name}.test.ts`))).toBe(true);
  });

  test("it imports the public packages, Node, and itself", () => {
    const imported = sources.flatMap((source) =>
      [...readFileSync(`${FOLDER}/${name}/${source}`, "utf8").matchAll(/ from "([^"]+)"/g)].map(
        ([, from = ""]) => from,
      ),
    );
    const allowed =
      /^(node:[a-z_/]+|@diamgen\/runtime|@diamgen\/sdk\/[a-z0-9-]+|\.\/[a-z-]+\.js|\.\.\/lib\/[a-z-]+\.js)$/;
    expect(imported.filter((from) => !allowed.test(from))).toEqual([]);
    expect(imported).toContain("@diamgen/runtime");
  });
});

test("npm run example without a name, or with a wrong one, says what there is", async () => {
  for (const args of [[], ["nothing"], [".."]]) {
    const { code, output } = await run(process.execPath, [repositoryPath("scripts/example.mjs"), ...args]);
    expect(code).toBe(2);
    expect(output).toContain(`examples: ${names.join(", ")}`);
  }
});
