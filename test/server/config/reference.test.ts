/** docs/configuration.md and the examples are held to the schema. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../../server/src/config/load.js";
import { repositoryPath } from "../../support/require.js";
import { reference, row } from "./reference.js";

const DOCUMENT = repositoryPath("docs/configuration.md");
const MARKS = /(<!-- settings: .* -->\n)[\s\S]*(<!-- end -->)/;

test("every setting is described", () => {
  expect(
    reference()
      .filter(({ description }) => !description)
      .map(({ path }) => path),
  ).toEqual([]);
});

test("docs/configuration.md has every setting as the schema has it", () => {
  const table = ["| setting | what it does | default | variable | |", "|---|---|---|---|---|", ...reference().map(row)];
  const is = readFileSync(DOCUMENT, "utf8");
  const wanted = is.replace(MARKS, (_all, begin: string, end: string) => `${begin}\n${table.join("\n")}\n\n${end}`);
  if (process.env.UPDATE === "1") writeFileSync(DOCUMENT, wanted);
  else expect(is).toBe(wanted);
});

test("the example is a configuration, with its commented parts too", () => {
  const file = repositoryPath("server/examples/server.yaml");
  const text = readFileSync(file, "utf8");
  expect(parseConfig(file, text)).toMatchObject({ identity: "aaa.example.net", database: { type: "sqlite" } });
  const other = text
    .replace(/^ {2}type: sqlite\n.*\n# Or.*\n/m, "")
    .replace(/^#( {2})/gm, "$1")
    .replace("# dictionaries:", "dictionaries:")
    .replace("!file /etc/diamgen/database-password", "p");
  expect(parseConfig(file, other)).toMatchObject({
    database: { type: "mariadb", user: "opensips", password: "p" },
    dictionaries: ["/etc/opensips/dictionary.opensips"],
  });
});
