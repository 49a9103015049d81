/** What is published (scripts/pack.mjs): it works, it is small, bundlers can shake it, and its maps lead to the sources. */
import { readdir, readFile, stat } from "node:fs/promises";
import { SourceMap } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Folder } from "../diamgen/support.js";
import { run } from "../support/process.js";
import { describeWith, repositoryPath } from "../support/require.js";
import { BUILT, esbuild, KB } from "./build.js";

const MAR = repositoryPath("test/fixtures/bench/mar.bin");

const AGAIN = `
import { decodeMessage, encodeMessage, RawMessage } from "@diamgen/runtime/codec";
import { multimediaAuth } from "@diamgen/sdk/sip";
export function again(octets) {
  const decoded = decodeMessage(multimediaAuth.request, RawMessage.from(octets), multimediaAuth.application.avps);
  return encodeMessage(multimediaAuth.request, decoded.message);
}
`;

describeWith(BUILT, "the packages as they are published", () => {
  let folder: Folder;
  const packed = (...names: string[]) => folder.join("node_modules", "@diamgen", ...names);

  beforeAll(async () => {
    folder = await Folder.make();
    const names = ["@diamgen/runtime", "@diamgen/sdk"];
    const script = `
      import { pack } from ${JSON.stringify(repositoryPath("scripts/pack.mjs"))};
      await pack(${JSON.stringify(folder.join("node_modules"))}, ${JSON.stringify(names)});
    `;
    const { code, output } = await run(process.execPath, ["--input-type=module", "--eval", script], {
      timeoutMs: 240_000,
    });
    expect(code, output).toBe(0);
  }, 250_000);

  afterAll(() => folder[Symbol.asyncDispose]());

  it("decode and encode", async () => {
    const program = `
      import { readFileSync } from "node:fs";
      ${AGAIN}
      const octets = readFileSync(${JSON.stringify(MAR)});
      console.log(Buffer.compare(again(octets), octets));
    `;
    const options = { cwd: folder.path };
    expect(await run(process.execPath, ["--input-type=module", "--eval", program], options)).toMatchObject({
      output: "0\n",
    });
  });

  it("have no application of more than 500 kB, each of them one module", async () => {
    for (const name of await readdir(packed("sdk", "dist"))) {
      const files = (await readdir(packed("sdk", "dist", name))).filter((file) => file.endsWith(".js"));
      expect(files).toEqual(["index.js"]);
      expect((await stat(packed("sdk", "dist", name, "index.js"))).size, name).toBeLessThanOrEqual(500_000);
    }
  });

  it("declare all that the sources declare", async () => {
    for (const [name, dist] of [
      ["runtime", "runtime/dist"],
      ["sdk", "generated/dist"],
    ] as const) {
      const declarations = async (root: string) =>
        (await readdir(root, { recursive: true })).filter((file) => file.endsWith(".d.ts")).sort();
      expect(await declarations(packed(name, "dist"))).toEqual(await declarations(repositoryPath(dist)));
    }
  });

  it("are shaken by bundlers as the build is", async () => {
    const [published, built] = [await esbuild(AGAIN, "node", folder.path), await esbuild(AGAIN, "node")];
    expect(published).not.toContain("sip.UserAuthorizationRequest");
    expect(published).not.toContain("SIP-Server-URI");
    expect(published.length).toBeLessThan(built.length + KB);
  });

  it("lead from a place in the published module to its source", async () => {
    const code = await readFile(packed("sdk", "dist", "sip", "index.js"), "utf8");
    const at = code.indexOf("MultimediaAuthRequest{");
    const lines = code.slice(0, at).split("\n");
    const map = new SourceMap(JSON.parse(await readFile(packed("sdk", "dist", "sip", "index.js.map"), "utf8")));
    const found = map.findEntry(lines.length - 1, lines.at(-1)?.length ?? 0);
    if (!("originalSource" in found)) throw new Error("not mapped");
    const source = path.resolve(packed("sdk", "dist", "sip"), found.originalSource);
    expect(path.relative(folder.path, source)).toBe("node_modules/@diamgen/sdk/src/sip/commands.ts");
    const text = await readFile(source, "utf8");
    expect(text.split("\n")[found.originalLine]).toContain("class MultimediaAuthRequest");
  });
});
