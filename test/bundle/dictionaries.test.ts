/** `@diamgen/dictionary` as `npm pack` makes it has the dictionaries, and the command finds them there: nothing of this repository is around. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { expect, it } from "vitest";
import { Folder } from "../diamgen/support.js";
import { run } from "../support/process.js";
import { describeWith, repositoryPath, requireFile } from "../support/require.js";

const BUILT = [requireFile(repositoryPath("generator/diamgen/dist/index.js"), "npm run build")];

describeWith(BUILT, "the dictionaries", () => {
  it("come with the package, and diamgen decodes by them", async () => {
    await using folder = await Folder.make();
    const modules = folder.join("node_modules");
    await mkdir(folder.join("node_modules", "@diamgen", "dictionary"), { recursive: true });
    const source = repositoryPath("generator/dictionary");
    const packed = await run("npm", ["pack", "--pack-destination", folder.path], { cwd: source, timeoutMs: 60_000 });
    expect(packed.code, packed.output).toBe(0);
    // The copy that is put beside the sources for packing is gone again.
    expect(existsSync(`${source}/dictionaries`)).toBe(false);
    const [tarball = ""] = (await readdir(folder.path)).filter((name) => name.endsWith(".tgz"));
    const target = `${modules}/@diamgen/dictionary`;
    const unpacked = await run("tar", ["xzf", folder.join(tarball), "-C", target, "--strip-components=1"]);
    expect(unpacked.code, unpacked.output).toBe(0);
    const names = async (path: string) => (await readdir(path)).filter((name) => name.endsWith(".xml")).sort();
    expect(await names(`${target}/dictionaries`)).toEqual(await names(repositoryPath("dictionaries")));

    for (const name of ["bin", "dist", "templates", "package.json"])
      await cp(repositoryPath(`generator/diamgen/${name}`), `${modules}/diamgen/${name}`, { recursive: true });
    for (const name of ["@diamgen/runtime", "commander", "fast-xml-parser", "handlebars", "ts-morph"])
      await symlink(repositoryPath(`node_modules/${name}`), `${modules}/${name}`);
    const mar = repositoryPath("test/fixtures/bench/mar.bin");
    const decoded = await run(process.execPath, [`${modules}/diamgen/bin/diamgen.js`, "decode", mar], {
      cwd: folder.path,
      timeoutMs: 60_000,
    });
    expect(decoded.code, decoded.output).toBe(0);
    expect(decoded.output).toMatch(/^Multimedia-Auth-Request \(MAR\) application 6 sip /m);
  }, 150_000);
});
