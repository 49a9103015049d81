/**
 * The codec and two applications without Node: bundled as a browser's program, run in a page of Chromium and in a realm that has
 * nothing but the language and the encodings, and compared with what Node makes of the same messages.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import vm from "node:vm";
import { chromium } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { BUILT, esbuild } from "../bundle/build.js";
import { Folder } from "../diamgen/support.js";
import { describeWith, repositoryPath, requireTool } from "../support/require.js";
import type { run } from "./program.js";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const chromiumTool = requireTool("chromium");

let octets: number[];
let bundle: string;
/** What the same bundle says in this realm, where there is a Buffer. */
let inNode: string;

async function prepare(): Promise<void> {
  octets = [...(await readFile(repositoryPath("test/fixtures/bench/mar.bin")))];
  bundle = await esbuild(`import { run } from "./browser/program.ts"; globalThis.run = run;`, "browser");
  const inThisRealm: typeof run = vm.runInThisContext(`${bundle}; run`);
  inNode = inThisRealm(octets);
}

interface Result {
  readonly octets?: { readonly octets: string };
  readonly decoded: {
    readonly ok: boolean;
    readonly message?: Readonly<Record<string, unknown>>;
    readonly issues?: readonly { readonly resultCode: number; readonly failedAvp?: object }[];
  };
}

interface Results
  extends Readonly<Record<"multimediaAuth" | "cutShort" | "impossibleLength" | "accounting" | "noUtf8", Result>> {
  readonly loneSurrogate: unknown;
}

/** The same as in Node, and what Node makes of it is right. */
function expectRight(json: string): void {
  const results: Results = JSON.parse(json);
  expect(results).toEqual(JSON.parse(inNode));
  expect(results.multimediaAuth.octets?.octets).toBe(octets.map((octet) => octet.toString(16)).join(" "));
  expect(results.multimediaAuth.decoded).toMatchObject({ ok: true, message: { sipMethod: "REGISTER" } });
  expect(results.accounting.decoded).toMatchObject({
    ok: true,
    message: {
      userName: expect.stringContaining("Jürgen 你好 😀"),
      accountingSubSessionId: { bigint: "18446744073709551615" },
      eventTimestamp: { date: "2026-02-28T23:59:59.000Z" },
    },
  });
  expect(codes(results.cutShort)).toEqual([5015]);
  expect(codes(results.impossibleLength)[0]).toBe(5014);
  expect(codes(results.noUtf8)).toEqual([5004]);
  expect(results.noUtf8.decoded.issues?.[0]?.failedAvp).toMatchObject({ code: 1 });
  expect(results.loneSurrogate).toMatchObject({ code: "ERR_DIAMETER_ENCODE" });
}

function codes({ decoded }: Result): number[] {
  expect(decoded.ok).toBe(false);
  return decoded.issues?.map(({ resultCode }) => resultCode) ?? [];
}

describeWith(BUILT, "the codec, bundled for a browser", () => {
  beforeAll(prepare);

  it("names nothing of Node's but Buffer, and that only to see whether it is there", () => {
    expect(bundle.replaceAll("globalThis.Buffer", "")).not.toMatch(
      /\b(?:Buffer|process|require|setImmediate|__dirname|node:)\b/,
    );
  });

  // The second one is what a page has whose bundler puts something in Buffer's place.
  it.each([
    ["no Buffer", {}],
    ["a Buffer of another make", { Buffer: class Buffer extends Uint8Array {} }],
  ])("does in a realm with %s what it does in Node", (_, globals) => {
    const realm = vm.createContext({ TextDecoder, TextEncoder, octets, ...globals });
    expectRight(vm.runInContext(`${bundle}; run(octets)`, realm));
  });
});

describeWith([...BUILT, chromiumTool], "the codec in Chromium", () => {
  beforeAll(prepare);

  it("does what it does in Node", async () => {
    await using site = await serve(bundle);
    await using profile = await Folder.make();
    const context = await chromium.launchPersistentContext(profile.path, {
      executablePath: chromiumTool.path,
      args: FLAGS,
    });
    try {
      const page = await context.newPage();
      const failures: string[] = [];
      page.on("pageerror", (error) => failures.push(error.message));
      await page.goto(site.url);
      // As text: a function would be checked by Node's types, and has to be without TypeScript's helpers.
      expect(await page.evaluate("[typeof Buffer, typeof process, typeof require]")).toEqual(
        Array(3).fill("undefined"),
      );
      expectRight(await page.evaluate(`run(${JSON.stringify(octets)})`));
      expect(failures).toEqual([]);
    } finally {
      await context.close();
    }
  }, 120_000);
});

/** One page with one script, on a port that the system chooses. */
async function serve(script: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(({ url }, response) => {
    if (url === "/program.js") response.setHeader("content-type", "text/javascript").end(script);
    else if (url === "/") response.setHeader("content-type", "text/html").end(PAGE);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>codec</title><script type="module" src="/program.js"></script>`;
