/** docs/testing.md: its example is the one that runs. */

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { repositoryPath } from "../../support/require.js";

test("the example of docs/testing.md is example.test.ts as it stands", async () => {
  const page = await readFile(repositoryPath("docs/testing.md"), "utf8");
  const [, example] = /```ts\n(.*?)```/s.exec(page) ?? [];
  expect(example).toBe(await readFile(repositoryPath("test/runtime/testing/example.test.ts"), "utf8"));
});
