/**
 * What a bundler makes of a client that sends Multimedia-Auth-Requests by `call()`: how large it is, that it has nothing of the application's other
 * commands, and that it works.
 */
import { readFile, writeFile } from "node:fs/promises";
import * as base from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as sip from "@diamgen/sdk/sip";
import { beforeAll, describe, expect, it } from "vitest";
import { DiameterNode } from "../../runtime/src/index.js";
import { Folder } from "../diamgen/support.js";
import { Program } from "../support/process.js";
import { describeWith, repositoryPath } from "../support/require.js";
import { BUILT, bundlers, KB } from "./build.js";

const INIT = `{
  destinationRealm: "server.test",
  authSessionState: 1,
  sipAor: "sip:alice@server.test",
  sipMethod: "REGISTER",
}`;

/** Sends over a node that somebody else has made. */
const CALL = `
import { call } from "@diamgen/runtime";
import { multimediaAuth } from "@diamgen/sdk/sip";
export const authenticate = (node) => call(node, multimediaAuth, ${INIT});
`;

/** Octets to messages and back, without a node. */
const CODEC = `
import { decodeMessage, encodeMessage, RawMessage } from "@diamgen/runtime/codec";
import { multimediaAuth } from "@diamgen/sdk/sip";
export function again(octets) {
  const decoded = decodeMessage(multimediaAuth.request, RawMessage.from(octets), multimediaAuth.application.avps);
  return decoded.ok ? encodeMessage(multimediaAuth.request, decoded.message) : decoded.issues;
}
`;

/** A whole program. */
const NODE = `
import { call, DiameterNode } from "@diamgen/runtime";
import { application, multimediaAuth } from "@diamgen/sdk/sip";
const node = new DiameterNode({
  originHost: "client.test",
  originRealm: "client.test",
  applications: [application],
  peers: [{ host: "127.0.0.1", port: Number(process.env.PORT) }],
});
await node.start();
const answer = await call(node, multimediaAuth, ${INIT});
console.log(answer.originHost, answer.resultCode);
await node.stop();
`;

/** Kilobytes at most. The node's is no goal: it is there so that nobody adds to it without noticing. */
const PROGRAMS = [
  { title: "call() alone", program: CALL, most: 25 },
  { title: "the codec alone", program: CODEC, most: 33 },
  { title: "with a DiameterNode", program: NODE, most: 140 },
] as const;

interface Named {
  readonly name: string;
}

/** Every command, AVP definition and class of these modules by a text of it that no minifier touches. */
function marks(module: object): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(module) as [string, unknown][]) {
    if (typeof value === "function" && "prototype" in value) {
      const command = (value.prototype as { readonly $command?: string }).$command;
      if (command !== undefined) found.set(key, command);
    } else if (isCommand(value)) {
      found.set(`${key} request`, value.request.name).set(`${key} answer`, value.answer.name);
    } else if (typeof value === "object" && value !== null && "findAll" in value) {
      found.set(key, (value as unknown as Named).name);
    }
  }
  return found;
}

function isCommand(value: unknown): value is { readonly request: Named; readonly answer: Named } {
  return typeof value === "object" && value !== null && "request" in value && "answer" in value;
}

/** The command's own classes and the groups that its grammar reaches. */
const NEEDED = [
  "sip.MultimediaAuthAnswer",
  "sip.MultimediaAuthRequest",
  "sip.ProxyInfo",
  "sip.SipAuthDataItem",
  "sip.SipAuthenticate",
  "sip.SipAuthenticationInfo",
  "sip.SipAuthorization",
];

/** What of a module is in a bundle. */
function inside(code: string, module: object): string[] {
  return [...new Set(marks(module).values())].filter((text) => code.includes(`"${text}"`)).sort();
}

describeWith(BUILT, "a client of one command, bundled", () => {
  describe.each(Object.entries(bundlers))("by %s", (name, bundle) => {
    const bundles = new Map<string, string>();

    beforeAll(async () => {
      for (const { title, program } of PROGRAMS) bundles.set(title, await bundle(program));
    });

    it.each(PROGRAMS)("$title: at most $most kB", ({ title, most }) => {
      const size = Buffer.byteLength(bundles.get(title) ?? "") / KB;
      console.log(`${name}, ${title}: ${size.toFixed(1)} kB`);
      expect(size).toBeGreaterThan(10);
      expect(size).toBeLessThanOrEqual(most);
    });

    it.each(PROGRAMS)("$title: has this command and no other", ({ title }) => {
      const found = inside(bundles.get(title) ?? "", sip);
      expect(found).toContain("sip.MultimediaAuthRequest");
      // Where only requests are coded, Rollup leaves out the answer too.
      expect(NEEDED).toEqual(expect.arrayContaining(found));
    });

    it.each(PROGRAMS)("$title: has no AVP definition, no other application and no enumeration", ({ title }) => {
      const code = bundles.get(title) ?? "";
      expect(inside(code, base)).toEqual([]);
      expect(inside(code, digest)).toEqual([]);
      expect(code).not.toContain("DIAMETER_LOGOUT"); // Termination-Cause
      expect(code).not.toContain("USER_NOT_REGISTERED"); // SIP-Server-Assignment-Type
    });

    it("with a DiameterNode: has nothing that is for tests", () => {
      expect(bundles.get("with a DiameterNode")).not.toContain('"memory"');
    });

    it("call() alone: works", async () => {
      const { authenticate } = await load<{ authenticate(node: object): unknown }>(bundles.get("call() alone"));
      const request = (command: typeof sip.multimediaAuth, init: sip.MultimediaAuthRequestInit) =>
        command.request.create(init, { sessionId: "s", originHost: "h", originRealm: "r" });
      expect(authenticate({ request })).toMatchObject({ $command: "sip.MultimediaAuthRequest", sipMethod: "REGISTER" });
    });

    it("the codec alone: works", async () => {
      const { again } = await load<{ again(octets: Uint8Array): Uint8Array }>(bundles.get("the codec alone"));
      const octets = await readFile(repositoryPath("test/fixtures/bench/mar.bin"));
      expect(Buffer.from(again(octets)).equals(octets)).toBe(true);
    });

    it("has errors that keep their names", async () => {
      const program = `
        import { NodeStoppedError, TimeoutError } from "@diamgen/runtime";
        export const names = [new TimeoutError("", "no"), new NodeStoppedError("")].map(({ name }) => name);
      `;
      expect((await load<{ names: string[] }>(await bundle(program))).names).toEqual([
        "TimeoutError",
        "NodeStoppedError",
      ]);
    });

    it("with a DiameterNode: works", async () => {
      await using folder = await Folder.make();
      const file = folder.join("client.mjs");
      await writeFile(file, bundles.get("with a DiameterNode") ?? "");
      await using server = new DiameterNode({
        originHost: "server.test",
        originRealm: "server.test",
        applications: [sip.application],
        listen: [{ host: "127.0.0.1", port: 0 }],
        accept: "any",
      });
      sip.serve(server, { multimediaAuth: (_, context) => context.answer({ resultCode: 2006, authSessionState: 1 }) });
      await server.start();
      const env = { PORT: `${server.addresses[0]?.port}` };
      await using client = Program.start(process.execPath, [file], { env });
      const { code } = await client.waitExit();
      expect(code, client.output.slice(-2000)).toBe(0);
      expect(client.output).toBe("server.test 2006\n");
    });
  });
});

async function load<T>(code = ""): Promise<T> {
  return (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)) as T;
}
