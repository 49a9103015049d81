/**
 * A vendor's own profile changes the grammar of an existing command: generated here from acme.xml into a folder of its own, checked by tsc together
 * with a program that uses it, and run between two nodes.
 */
import { copyFile, symlink } from "node:fs/promises";
import { type AnyCommand, ErrorAnswerError, type Handler } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { type EmittedFile, writeFiles } from "diamgen";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Avp, type NodeOptions } from "../../runtime/src/index.js";
import { compile, emit, Folder, load } from "../diamgen/support.js";
import { repositoryPath } from "../support/require.js";
import { pair, plain, rejection } from "./support.js";

const IMPORTED = ["base.xml", "digest.xml", "sip.xml"];

/** What a program may say of the vendor's profiles, and what does not compile. */
const CONSUMER = `
import { multimediaAuth, type MAR, SipAuthenticationScheme, type SipAuthDataItemInit } from "../acme-auth/index.js";
import { AcmeCallScore, AcmeMood } from "../acme/index.js";
import * as acmeSip from "../acme-sip/index.js";
import * as sip from "../sip/index.js";
type Init = Parameters<typeof multimediaAuth.request.create>[0];
const least = { destinationRealm: "r", authSessionState: 1, sipAor: "sip:a" };
export const init: Init = { ...least, acmeCallScore: 5, acmeMood: AcmeMood.CHEERFUL };
// @ts-expect-error: Acme-Call-Score is required here
export const without: Init = least;
// @ts-expect-error: SIP-Method is none of this grammar
export const excess: Init = { ...least, acmeCallScore: 5, sipMethod: "x" };
export const item: SipAuthDataItemInit = { sipAuthenticationScheme: SipAuthenticationScheme.ACME_TOKEN, acmeCallScore: 1 };
// @ts-expect-error: not a member of the group in RFC 4740
export const plain: sip.SipAuthDataItemInit = { sipAuthenticationScheme: 0, acmeCallScore: 1 };
// @ts-expect-error: the requests of two profiles are two types
export const other = (mar: MAR): acmeSip.MAR => mar;
// @ts-expect-error: nor is RFC 4740's
export const third = (mar: sip.MAR): acmeSip.MAR => mar;
export const score: number | undefined = AcmeCallScore.find({ avps: [] });
`;

type Profile = typeof sip;

let folder: Folder;
let files: EmittedFile[];
let auth: Profile;
let own: Profile;

beforeAll(async () => {
  folder = await Folder.make();
  await copyFile(repositoryPath("test/hard-types/acme.xml"), folder.join("acme.xml"));
  for (const name of IMPORTED) await copyFile(repositoryPath(`dictionaries/${name}`), folder.join(name));
  files = emit(await load(folder.join("acme.xml")));
  await writeFiles(folder.join("src"), files);
  await symlink(repositoryPath("node_modules"), folder.join("node_modules"));
  // Of the shape of the SDK's sip, as far as these tests go.
  auth = (await import(folder.join("src", "acme-auth", "index.ts"))) as Profile;
  own = (await import(folder.join("src", "acme-sip", "index.ts"))) as Profile;
});

afterAll(() => folder[Symbol.asyncDispose]());

const LEAST = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:alice@test" };

const answering: Handler<Profile["multimediaAuth"]> = (_mar, context) =>
  context.answer({ resultCode: 2001, authSessionState: 1 });

/** Its applications on both sides; the server serves this command, and what it got is returned with the answer. */
async function exchange(command: AnyCommand, init: object, options: Partial<NodeOptions> = {}) {
  await using nodes = await pair([command.application], { server: options, client: options });
  let received: Record<string, unknown> | undefined;
  nodes.server.handle(command, (request, context) => {
    received = request as Record<string, unknown>;
    return context.answer({ resultCode: 2001, authSessionState: 1, acmeMood: [1, 0] });
  });
  const answer = await nodes.client.request(command, init).catch((error: unknown) => error);
  return {
    received,
    answer: answer as Record<string, unknown>,
    advertised: nodes.client.peers.list()[0]?.applications,
  };
}

describe("a vendor's application that redefines a command", () => {
  it("passes the strictest checks, and a program's mistakes do not", async () => {
    expect(await compile([...files, { path: "consumer/index.ts", text: CONSUMER }])).toBe("");
  }, 120_000);

  it("has the id, the vendor, and knows the AVPs of all that it imports", () => {
    expect(auth.application).toMatchObject({ name: "acme-auth", id: 16777917, kind: "auth", vendorId: 99999 });
    const codes = (vendor: number) => auth.application.avps.flatMap((set) => [...(set.get(vendor)?.keys() ?? [])]);
    expect(codes(99999)).toEqual([1, 2]);
    expect(codes(0)).toEqual(expect.arrayContaining([263, 376, 104]));
  });

  it("is served and called with its own grammar", async () => {
    const init = { ...LEAST, acmeCallScore: 4_000_000_000, acmeMood: 1 };
    const { received, answer, advertised } = await exchange(auth.multimediaAuth, init);
    expect(advertised).toEqual([16777917]);
    expect(received).toMatchObject({
      acmeCallScore: 4_000_000_000,
      acmeMood: 1,
      vendorSpecificApplicationId: { vendorId: 99999, authApplicationId: 16777917 },
      header: { applicationId: 16777917, commandCode: 286 },
    });
    expect(answer).toBeInstanceOf(auth.MultimediaAuthAnswer);
    expect(answer.acmeMood).toEqual([1, 0]);
  });

  it("answers 5005 where its required AVP is missing", async () => {
    await using nodes = await pair([auth.application]);
    nodes.server.handle(auth.multimediaAuth, answering);
    // RFC 4740's encoder knows nothing of the score.
    const raw = { ...auth.multimediaAuth, request: sip.multimediaAuth.request } as AnyCommand;
    const error = await rejection(
      nodes.client.request(raw, { ...LEAST, sipMethod: "x", authApplicationId: auth.application.id }),
    );
    expect(error).toBeInstanceOf(ErrorAnswerError);
    const { answer } = error as ErrorAnswerError;
    expect(answer.resultCode).toBe(5005);
    expect(plain(answer.failedAvp)).toEqual(["99999:1 c0 00000000"]);
  });

  it("extends a group of RFC 4740, and an enumeration", async () => {
    expect(auth.SipAuthenticationScheme).toEqual({ DIGEST: 0, ACME_TOKEN: 99 });
    const item = { sipAuthenticationScheme: 99, acmeCallScore: 7 };
    const init = { ...LEAST, acmeCallScore: 1, sipAuthDataItem: item };
    const { received } = await exchange(auth.multimediaAuth, init);
    expect(received?.sipAuthDataItem).toMatchObject(item);
    expect(received?.sipAuthDataItem).toBeInstanceOf(auth.SipAuthDataItem);
  });

  it("takes over a command unchanged", () => {
    expect(auth.userAuthorization).toMatchObject({ name: "User-Authorization", code: 283 });
    expect(auth.userAuthorization.application).toBe(auth.application);
  });
});

describe("a vendor's profile of an application that exists", () => {
  it("is (6, 286) with another grammar", async () => {
    const init = { ...LEAST, sipMethod: "REGISTER", acmeCallScore: 3 };
    const { received, answer } = await exchange(own.multimediaAuth, init);
    expect(received).toMatchObject({ acmeCallScore: 3, authApplicationId: 6, header: { applicationId: 6 } });
    expect(answer).toBeInstanceOf(own.MultimediaAuthAnswer);
  });

  it("is served beside RFC 4740's by an explicit choice only", async () => {
    // Both know the vendor's AVPs: RFC 4740's profile by way of `extensions`.
    const extensions = [own.application.avps];
    await using nodes = await pair([sip.application, own.application], { server: { extensions } });
    const served: string[] = [];
    nodes.server.handle(sip.multimediaAuth, (mar, context) => {
      served.push(mar.$command);
      return context.answer({ resultCode: 2001, authSessionState: 1 });
    });
    expect(() => nodes.server.handle(own.multimediaAuth, answering)).toThrow(
      /"acme-sip" \(application 6, command 286\)/,
    );
    nodes.server.handle(
      own.multimediaAuth,
      (mar, context) => {
        served.push(mar.$command);
        return context.answer({ resultCode: 2001, authSessionState: 1 });
      },
      { when: (raw) => raw.find(1, 99999) >= 0 },
    );
    const init = { ...LEAST, sipMethod: "REGISTER" };
    await nodes.client.request(sip.multimediaAuth, init);
    await nodes.client.request(own.multimediaAuth, { ...init, acmeCallScore: 3 } as never);
    await nodes.client.request(sip.multimediaAuth, { ...init, avps: [new Avp(1, 99999, 0xc0, new Uint8Array(4))] });
    expect(served).toEqual([
      "sip.MultimediaAuthRequest",
      "acme-sip.MultimediaAuthRequest",
      "acme-sip.MultimediaAuthRequest",
    ]);
  });
});
