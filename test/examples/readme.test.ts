/** The client of README.md, as it stands there, against the server that README.md starts: it prints what README.md says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startDemo } from "../server/demo.js";
import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

test("the client of README.md prints what stands beside it", async () => {
  const blocks = [...readFileSync(repositoryPath("README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)];
  const code = blocks.map(([, text = ""]) => text).find((text) => text.includes("console.log(")) ?? "";
  const [, said] = /console\.log\(.*\); \/\/ (.*)/.exec(code) ?? [];
  const { program, port } = await startDemo();
  await using _ = program;
  expect(code).toContain("port: 3868");
  // It is JavaScript as well; it finds the packages from the folder of the repository.
  const args = ["--input-type=module", "--eval", code.replace("port: 3868", `port: ${port}`)];
  const { code: exit, output } = await run(process.execPath, args, { cwd: repositoryPath("."), timeoutMs: 30_000 });
  expect({ exit, output }).toEqual({ exit: 0, output: `${said}\n` });
});
