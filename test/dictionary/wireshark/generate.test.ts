/** TypeScript from the whole of Wireshark's dictionary, alone and below ours: complete, and strict. */
import { symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadDictionary } from "@diamgen/dictionary";
import { type EmittedFile, emitTypeScript, writeFiles } from "diamgen";
import { beforeAll, expect, test } from "vitest";
import { Folder, tsc } from "../../diamgen/support.js";
import { describeWith, repositoryPath, requireShared } from "../../support/require.js";

const corpus = requireShared("corpus/wireshark-4.0.17");
/** Five megabytes of TypeScript twice, on machines that have other things to do. */
const SLOW = 300_000;

async function generate(overlays: readonly string[]): Promise<readonly EmittedFile[]> {
  const { dictionary, diagnostics } = await loadDictionary([path.join(corpus.path, "dictionary.xml")], {
    overlays: overlays.map((name) => repositoryPath(`dictionaries/${name}.xml`)),
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return emitTypeScript(dictionary!, { version: "0.0.0-test" });
}

/** What somebody writes who uses both. */
const USE = `
import { AuthSessionState } from "./overlaid/base/index.js";
import { MultimediaAuthRequest, type MultimediaAuthRequestInit } from "./overlaid/sip/index.js";
import { type UserAuthorizationRequest, type UserAuthorizationRequestInit } from "./overlaid/tgpp-cx/index.js";
import * as wireshark from "./alone/wireshark/index.js";

// Ours: SIP-AOR is required.
export const typed = (mar: MultimediaAuthRequest): string => mar.sipAor;
export const complete: MultimediaAuthRequestInit = {
  authSessionState: AuthSessionState.NO_STATE_MAINTAINED, destinationRealm: "a", sipAor: "sip:a@b", sipMethod: "REGISTER",
};
// @ts-expect-error SIP-AOR is missing
export const incomplete: MultimediaAuthRequestInit = {
  authSessionState: AuthSessionState.NO_STATE_MAINTAINED, destinationRealm: "a", sipMethod: "REGISTER",
};
// Wireshark's: what every message may carry has a name, all else is in \`avps\`.
export const loose: UserAuthorizationRequestInit = { destinationRealm: "a", avps: [wireshark.PublicIdentity.of("sip:a@b")] };
export const host = (uar: UserAuthorizationRequest): string | undefined => uar.originHost;
// @ts-expect-error no grammar, no field
export const none = (uar: UserAuthorizationRequest) => uar.publicIdentity;
// Names that begin with a digit, and names that differ by their case alone.
export const named = [wireshark.TgppImsi.of("1"), wireshark.QoSProfileId, wireshark.QoSProfileIdEtsi];
`;

describeWith([corpus], "Wireshark 4.0.17 as TypeScript", () => {
  let alone: readonly EmittedFile[];
  let overlaid: readonly EmittedFile[];
  beforeAll(async () => {
    alone = await generate([]);
    overlaid = await generate(["base", "accounting", "sip"]);
  }, SLOW);

  test("every AVP has a definition of its own", () => {
    const own = alone.filter((file) => /^wireshark\/(?:avps|groups)\.ts$/.test(file.path));
    const text = own.map((file) => file.text).join("\n");
    const definitions = text.match(/^export const \w+: AvpDefinition<.*= \/\*@__PURE__\*\/ define(?:Avp|Group)\(/gm);
    expect(definitions).toHaveLength(2725);
  });

  test("every application has a folder, and every command two classes", () => {
    expect(alone.filter((file) => file.path.endsWith("/application.ts"))).toHaveLength(138);
    const text = alone.filter((file) => file.path.endsWith("/commands.ts")).map((file) => file.text);
    expect(text.join("\n").match(/^export class \w+(?:Request|Answer) /gm)).toHaveLength(2 * 101);
  });

  test(
    "it compiles under the strictest flags, and says what it should",
    async () => {
      await using folder = await Folder.make();
      await writeFiles(folder.join("alone"), alone);
      await writeFiles(folder.join("overlaid"), overlaid);
      await symlink(repositoryPath("node_modules"), folder.join("node_modules"));
      await writeFile(folder.join("package.json"), '{ "type": "module" }');
      await writeFile(folder.join("use.ts"), USE);
      const compilerOptions = { noEmit: true, composite: false, declarationMap: false };
      const project = { extends: repositoryPath("tsconfig.base.json"), compilerOptions, include: ["."] };
      await writeFile(folder.join("tsconfig.json"), JSON.stringify(project));
      expect(await tsc(folder.path)).toBe("");
    },
    SLOW,
  );
});
