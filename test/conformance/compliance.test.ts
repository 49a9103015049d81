/**
 * docs/rfc6733.md holds us to RFC 6733 clause by clause: what the RFC asks, what we say of it, and whether the tests that we name are there.
 * `npm run compliance` writes the document anew.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import config from "../../vitest.config.js";
import { describeWith, repositoryPath } from "../support/require.js";
import { FIGURE, KEYWORDS } from "./rfc6733/clauses.js";
import { documentOf } from "./rfc6733/document.js";
import { judgements } from "./rfc6733/judgements.js";
import { clauses, SOURCES, textOf } from "./rfc6733/sources.js";
import { problemOf } from "./rfc6733/titles.js";

const DOCUMENT = repositoryPath("docs/rfc6733.md");

describeWith(
  SOURCES.map(({ text }) => text),
  "the clauses of the RFCs",
  () => {
    const found = clauses();

    it("are all judged, each once, and nothing else is: the ids and the hashes of the sentences are the same", () => {
      const inText = found.map(({ id, hash }) => `${id} ${hash}`);
      expect(judgements.map(({ id, hash }) => `${id} ${hash}`)).toEqual(inText);
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    });

    it("hold every keyword of the sections but those of tables", () => {
      const inClauses = found.flatMap(({ keywords }) => keywords).length;
      const inTables = (line: string) => FIGURE.test(line) && line.includes("|MUST");
      const lines = SOURCES.flatMap((source) => linesOfSections(textOf(source), source.sections));
      const inText = lines
        .filter((line) => !inTables(line))
        .join("\n")
        .replace(/\s+(;\s+)?/g, " ")
        .match(KEYWORDS);
      expect(inClauses).toBe(inText?.length);
      expect(lines.filter(inTables)).toHaveLength(2 * 2); // the heads of the two pages of section 4.5's table
    });

    it("and the judgements make docs/rfc6733.md as it is committed", async () => {
      const is = documentOf(SOURCES, found, judgements);
      expect(documentOf(SOURCES, clauses(), judgements)).toBe(is);
      if (process.env.UPDATE === "1") await writeFile(DOCUMENT, is);
      const committed = existsSync(DOCUMENT) ? await readFile(DOCUMENT, "utf8") : "";
      expect(committed.split("\n"), "run `npm run compliance` and commit what it writes").toEqual(is.split("\n"));
    });

    it("are quoted by a few words only", () => {
      for (const { id, locator } of found) expect(locator.split(" ").length, id).toBeLessThanOrEqual(13);
    });
  },
);

/** The lines of the body below the headings of these sections: no other way than by the headings' numbers. */
function linesOfSections(text: string, sections: readonly string[]): string[] {
  const lines: string[] = [];
  let section = "";
  for (const line of text.split("\n")) {
    section = /^(\d+)(?:\.\d+)*\.\s+\S/.exec(line)?.[1] ?? section;
    if (sections.includes(section)) lines.push(line);
  }
  return lines;
}

describe("a judgement", () => {
  it("that says met or partly names tests, and every one says how or why", () => {
    const wanting = judgements.filter(
      ({ status, how, tests }) =>
        how.length < (status === "met" ? 3 : 15) || ((status === "met" || status === "partly") && tests.length === 0),
    );
    expect(wanting.map(({ id }) => id)).toEqual([]);
  });

  it("names tests that exist, that run, and of which there is but one", () => {
    const wrong = judgements.flatMap(({ id, tests }) =>
      tests.flatMap((test) => {
        const problem = problemOf(test);
        return problem === undefined ? [] : [`${id}: ${test}: ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("counts the files that vitest runs as vitest does", () => {
    expect(config).toMatchObject({ test: { include: ["test/**/*.test.ts"] } });
    expect(config).not.toHaveProperty("test.exclude");
  });
});

describe("a test that is named", () => {
  it("is found by its title, alone or with its groups", () => {
    expect(
      problemOf("conformance/compliance.test.ts > is found by its title, alone or with its groups"),
    ).toBeUndefined();
    expect(
      problemOf(
        "conformance/compliance.test.ts > a test that is named > is found by its title, alone or with its groups",
      ),
    ).toBeUndefined();
    expect(problemOf("conformance/compliance.test.ts > a test of another name")).toBe("no such test");
    expect(problemOf("conformance/compliance.test.ts > a judgement")).toBe("no such test");
    expect(problemOf("conformance/absent.test.ts > a test")).toBe("there is no such file");
    expect(problemOf("conformance/rfc6733/titles.ts > a test")).toBe("no such test");
    expect(problemOf("support/process.ts > a test")).not.toBeUndefined();
  });
});
