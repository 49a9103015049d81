/** `*0 [ X ]`: an AVP that a grammar names only to exclude it. Our XML cannot say so, other formats can. The generated and the interpreting codec agree. */
import { writeFile } from "node:fs/promises";
import { type Application, type Command, type Dictionary, interpreter } from "@diamgen/dictionary";
import { Avp, encodeAvps, type Issue, RawMessage } from "@diamgen/runtime/codec";
import { emitTypeScript, writeFiles } from "diamgen";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { Folder, load, VERSION } from "../diamgen/support.js";
import { repositoryPath } from "../support/require.js";

const TEXT = `<dictionary name="test">
  <avp name="A" code="1"><type type-name="Unsigned32"/></avp>
  <avp name="B" code="2"><type type-name="Unsigned32"/></avp>
  <application id="9" name="Test" key="test">
    <command name="Ask" code="9">
      <requestrules><optional><avprule name="A" maximum="1"/><avprule name="B" maximum="1"/><avprule name="AVP"/></optional></requestrules>
      <answerrules/>
    </command>
  </application>
</dictionary>`;

/** A dictionary in which the request excludes A. */
async function excluding(folder: Folder): Promise<Dictionary> {
  const file = folder.join("test.xml");
  await writeFile(file, TEXT);
  const dictionary = await load(file);
  const [application] = dictionary.applications as [Application];
  const [command] = application.commands as [Command];
  const rules = command.request.rules.map((rule) => (rule.avp.name === "A" ? { ...rule, max: 0 } : rule));
  const changed = { ...application, commands: [{ ...command, request: { ...command.request, rules } }] };
  const documents = dictionary.documents.map((document) => ({ ...document, applications: [changed] }));
  return { ...dictionary, documents, applications: [changed] };
}

/** Issues of a request, as generated code finds them; compiled together with the runtime's sources. */
async function generated(dictionary: Dictionary, folder: Folder): Promise<(octets: Uint8Array) => readonly Issue[]> {
  await writeFiles(folder.join("src"), emitTypeScript(dictionary, { version: VERSION }));
  const program = `
    import { decodeMessage, RawMessage } from "@diamgen/runtime/codec";
    import { ask } from "./src/test/index.js";
    export function issues(octets) {
      const decoded = decodeMessage(ask.request, RawMessage.from(octets), ask.application.avps);
      return decoded.ok ? [] : decoded.issues;
    }
  `;
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: folder.path },
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    alias: Object.fromEntries(
      ["codec", "codegen"].map((entry) => [
        `@diamgen/runtime/${entry}`,
        repositoryPath(`runtime/src/${entry}/index.ts`),
      ]),
    ),
    write: false,
  });
  const code = Buffer.from(outputFiles[0]?.text ?? "").toString("base64");
  return ((await import(`data:text/javascript;base64,${code}`)) as { issues(octets: Uint8Array): Issue[] }).issues;
}

it.each([
  ["with the M bit", 0x40],
  ["without it", 0],
])("*0 [ A ] %s is 5008, and is kept", async (_, flags) => {
  await using folder = await Folder.make();
  const dictionary = await excluding(folder);
  const both = [await generated(dictionary, folder), interpreted(dictionary)];
  const b = new Avp(2, 0, 0, Uint8Array.of(0, 0, 0, 7));
  const a = new Avp(1, 0, flags, Uint8Array.of(0, 0, 0, 7));
  for (const issues of both) {
    expect(issues(request(b))).toEqual([]);
    const found = issues(request(b, a));
    expect(found.map(({ resultCode, path, offset }) => ({ resultCode, path, offset }))).toEqual([
      { resultCode: 5008, path: "1", offset: 32 },
    ]);
    expect({ ...found[0]?.failedAvp }).toEqual({ ...a });
  }
});

function interpreted(dictionary: Dictionary): (octets: Uint8Array) => readonly Issue[] {
  const codec = interpreter(dictionary).codec("test", "Ask", "request");
  return (octets) => {
    const decoded = codec.decode(RawMessage.from(octets));
    return decoded.ok ? [] : decoded.issues;
  };
}

function request(...avps: readonly Avp[]): Uint8Array {
  const data = encodeAvps(avps);
  const octets = new Uint8Array(20 + data.length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, 0x01000000 | octets.length);
  view.setUint32(4, 0x80000009);
  view.setUint32(8, 9);
  octets.set(data, 20);
  return octets;
}
