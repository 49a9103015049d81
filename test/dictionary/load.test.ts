import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDictionary } from "@diamgen/dictionary";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { avp, brief, ccf, loadTexts, rule, simple } from "./support.js";

const dictionary = (imports: readonly string[], body = "") =>
  `<dictionary>\n${imports.map((file) => `<import file="${file}"/>\n`).join("")}${body}</dictionary>`;

describe("imports", () => {
  test("come before importers, a diamond is one document", async () => {
    const files = {
      "top.xml": dictionary(["left.xml", "right.xml"]),
      "left.xml": dictionary(["base.xml"]),
      "right.xml": dictionary(["sub/inner.xml", "base.xml", "base.xml"]),
      "sub/inner.xml": dictionary([]),
      "base.xml": dictionary([], simple("A", 1)),
    };
    const { dictionary: linked, documents, diagnostics } = await loadTexts(files, ["top.xml", "base.xml", "./top.xml"]);
    expect(diagnostics).toEqual([]);
    expect(documents.map(({ file }) => file)).toEqual([
      "base.xml",
      "left.xml",
      "sub/inner.xml",
      "right.xml",
      "top.xml",
    ]);
    expect(linked!.documents.map(({ document, isRoot }) => `${document.name} ${isRoot}`)).toEqual([
      "base true",
      "left false",
      "inner false",
      "right false",
      "top true",
    ]);
    const right = linked!.documents[3]!;
    expect(right.imports.map(({ document }) => document.name)).toEqual(["inner", "base"]);
    expect(right.imports[1]).toBe(linked!.documents[0]);
  });

  test.each([
    [{ a: ["b"], b: ["a"] }, ["a"], ["a", "b"]],
    [{ a: ["b"], b: ["a"] }, ["b"], ["b", "a"]],
    [{ a: ["a"] }, ["a"], ["a"]],
    // What a circle imports goes before all of it, what imports it behind.
    [{ a: ["b"], b: ["x", "a", "y"], x: [], y: ["x"] }, ["a"], ["x", "y", "a", "b"]],
    [{ top: ["b"], a: ["b"], b: ["c"], c: ["a"] }, ["top", "a"], ["b", "c", "a", "top"]],
    // Two circles that share a document are one; two that do not stay apart.
    [{ a: ["b", "c"], b: ["a"], c: ["a"] }, ["a"], ["a", "b", "c"]],
    [{ a: ["b"], b: ["a", "c"], c: ["d"], d: ["c"] }, ["a"], ["c", "d", "a", "b"]],
  ] as [Record<string, string[]>, string[], string[]][])(
    "imports in a circle: %j from %j",
    async (graph, roots, order) => {
      const files = Object.fromEntries(Object.entries(graph).map(([name, imports]) => [name, dictionary(imports)]));
      const { dictionary: linked, documents, diagnostics } = await loadTexts(files, roots);
      expect(diagnostics).toEqual([]);
      expect(documents.map(({ file }) => file)).toEqual(order);
      expect(linked!.documents.map(({ document }) => document.file)).toEqual(order);
    },
  );

  test("documents that import one another see what they define and what either imports", async () => {
    const group = (name: string, code: number, member: string) =>
      `<avp name="${name}" code="${code}"><grouped><optional>${rule(member)}${rule("Common")}</optional></grouped></avp>`;
    const files = {
      "a.xml": dictionary(["b.xml"], `${group("A", 1, "B")}<application id="7" name="App A"/>`),
      "b.xml": dictionary(["a.xml", "c.xml"], `${group("B", 2, "A")}<application id="8" name="App B"/>`),
      "c.xml": dictionary([], simple("Common", 3)),
      "d.xml": dictionary([], simple("Other", 4)),
    };
    const { dictionary: linked, diagnostics } = await loadTexts(files, ["a.xml", "d.xml"]);
    expect(diagnostics).toEqual([]);
    for (const { avps } of linked!.applications) expect(avps.map(({ name }) => name)).toEqual(["Common", "A", "B"]);
    expect(ccf(avp(linked!, "A").grammar)).toEqual(["[ B ]", "[ Common ]"].map((text) => `* ${text}`));
    const [, a, b] = linked!.documents;
    expect(a!.imports).toEqual([b]);
    expect(b!.imports[0]).toBe(a);
  });

  test.each([
    "../secret.xml",
    "sub/../../secret.xml",
    "..",
    ".",
    "/etc/passwd",
    "C:\\secret.xml",
    "sub\\..\\..\\secret.xml",
    "\\\\host\\share.xml",
    "http://example.com/base.xml",
    "file:///etc/passwd",
  ])("%s is not followed", async (target) => {
    const read: string[] = [];
    const { diagnostics } = await loadDictionary(["in/a.xml"], {
      readFile: async (file) => {
        read.push(file);
        return dictionary([target]);
      },
    });
    expect(brief(diagnostics)).toEqual(["DG1008 2:1"]);
    expect(read).toEqual([join("in", "a.xml")]);
  });

  test("the folders of the files asked for are open to all", async () => {
    const files = {
      "in/base.xml": dictionary([]),
      "in/vendor/a.xml": dictionary(["../base.xml"]),
      "in/main.xml": dictionary(["vendor/a.xml"]),
    };
    expect((await loadTexts(files, ["in/main.xml"])).diagnostics).toEqual([]);
    expect(brief((await loadTexts(files, ["in/vendor/a.xml"])).diagnostics)).toEqual(["DG1008 2:1"]);
    expect((await loadTexts(files, ["in/vendor/a.xml", "in/base.xml"])).diagnostics).toEqual([]);
  });

  test("what is not beside the file is looked for in the folders given", async () => {
    const files = {
      "own/a.xml": dictionary(["base.xml", "x.xml"]),
      "own/x.xml": dictionary([], simple("X", 1)),
      "lib/x.xml": dictionary([], simple("Other", 1)),
      "lib/base.xml": dictionary(["inner.xml"]),
      "lib/inner.xml": dictionary([]),
    };
    const { documents, diagnostics } = await loadTexts(files, ["own/a.xml"], { folders: ["lib"] });
    expect(diagnostics).toEqual([]);
    expect(documents.map(({ file }) => file)).toEqual(["lib/inner.xml", "lib/base.xml", "own/x.xml", "own/a.xml"]);
    const outside = await loadTexts({ ...files, "own/a.xml": dictionary(["../other/base.xml"]) }, ["own/a.xml"], {
      folders: ["lib"],
    });
    expect(brief(outside.diagnostics)).toEqual(["DG1008 2:1"]);
  });

  test("a file that is missing is reported where it is imported, once, and hides nothing behind follow-ups", async () => {
    const body = `<application id="7"><command name="X" code="300"><requestrules><required><avprule name="A"/></required></requestrules></command></application>`;
    const {
      dictionary: linked,
      diagnostics,
      documents,
    } = await loadTexts({ "a.xml": dictionary(["base.xml"], body) }, ["a.xml"]);
    expect(brief(diagnostics)).toEqual(["DG1007 2:1"]);
    expect(linked).toBeUndefined();
    expect(documents.map(({ file }) => file)).toEqual(["a.xml"]);
  });

  test("an endless chain of imports ends", async () => {
    const { diagnostics } = await loadDictionary(["0.xml"], {
      readFile: async (file) => dictionary([`${Number.parseInt(file, 10) + 1}.xml`]),
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(["DG1031"]);
  });

  test("names like those of object members", async () => {
    const { diagnostics } = await loadTexts({ "a.xml": dictionary(["__proto__", "constructor"]) }, ["a.xml"]);
    expect(brief(diagnostics)).toEqual(["DG1007 2:1", "DG1007 3:1"]);
  });
});

describe("files", () => {
  test("the format may be given, by file", async () => {
    const formats = new Map([["a.txt", "dia" as const]]);
    const { diagnostics } = await loadTexts({ "a.txt": dictionary([]) }, ["a.txt"], { formats });
    expect(brief(diagnostics)).toEqual(["DG1005 1:1"]);
  });

  test("bytes are UTF-8, or refused", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const good = await loadTexts({ "a.xml": bytes(`\ufeff${dictionary([], simple("A", 1, 'description="Ü"'))}`) }, [
      "a.xml",
    ]);
    expect(good.diagnostics).toEqual([]);
    expect([...good.dictionary!.avps.values()][0]!.description).toBe("Ü");
    const latin1 = Uint8Array.of(...bytes('<dictionary title="'), 0xdc, ...bytes('"/>'));
    expect(brief((await loadTexts({ "a.xml": latin1 }, ["a.xml"])).diagnostics)).toEqual(["DG1029 1:1"]);
  });

  test("the hash is that of the text", async () => {
    const text = dictionary([]);
    const { documents } = await loadTexts({ "a.xml": text }, ["a.xml"]);
    expect(documents[0]!.hash).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("warnings do not keep the dictionary back, errors do", async () => {
    const warned = await loadTexts({ "a.xml": '<dictionary odd="1"/>' }, ["a.xml"]);
    expect(brief(warned.diagnostics)).toEqual(["DG1011 1:13"]);
    expect(warned.dictionary).toBeDefined();
    const wrong = await loadTexts({ "a.xml": '<dictionary><avp name="A"/></dictionary>' }, ["a.xml"]);
    expect(wrong.dictionary).toBeUndefined();
    expect(wrong.documents).toHaveLength(1);
  });

  test("no files give an empty dictionary", async () => {
    const { dictionary: linked } = await loadDictionary([]);
    expect(linked!.avps.size).toBe(0);
  });
});

describe("on the disk", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "diamgen-load-"));
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "a.xml"), dictionary(["sub/b.xml"]));
    await writeFile(join(folder, "sub/b.xml"), dictionary([], simple("A", 1)));
    await writeFile(join(folder, "big.xml"), `<dictionary>${" ".repeat(17 * 1024 * 1024)}</dictionary>`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("files and imports", async () => {
    const { dictionary: linked, diagnostics } = await loadDictionary([join(folder, "a.xml")]);
    expect(diagnostics).toEqual([]);
    expect(linked!.documents.map(({ document }) => document.file)).toEqual([
      join(folder, "sub/b.xml"),
      join(folder, "a.xml"),
    ]);
  });

  test.each([
    ["a folder", "sub"],
    ["nothing", "none.xml"],
    ["a file that is too large", "big.xml"],
  ])("%s", async (_what, name) => {
    const { diagnostics } = await loadDictionary([join(folder, name)]);
    expect(brief(diagnostics)).toEqual(["DG1007 1:1"]);
  });
});
