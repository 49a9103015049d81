/** Every command of every application that is generated here, with random values: create, encode, decode; and the way back. */

import { readdirSync } from "node:fs";
import { Avp } from "@diamgen/runtime/codec";
import type { AnyCommand, Fill } from "@diamgen/runtime/codegen";
import * as sip from "@diamgen/sdk/sip";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOut } from "../../../generator/diamgen/src/emit/layout.js";
import * as cardinality from "../../golden/cardinality/expected/cardinality/index.js";
import * as colliding from "../../golden/colliding-names/expected/colliding/index.js";
import * as types from "../../golden/data-types/expected/types/index.js";
import * as empty from "../../golden/empty-grammars/expected/empty/index.js";
import * as enumerations from "../../golden/enumerations/expected/enumerations/index.js";
import * as hostile from "../../golden/hostile-text/expected/hostile/index.js";
import * as digits from "../../golden/leading-digits/expected/digits/index.js";
import * as recursion from "../../golden/recursion/expected/recursion/index.js";
import * as reserved from "../../golden/reserved-words/expected/reserved/index.js";
import * as extended from "../../golden/two-applications/expected/other-application/index.js";
import * as plain from "../../golden/two-applications/expected/two/index.js";
import * as vendorAccounting from "../../golden/vendor-application/expected/vendor-acct/index.js";
import * as vendorAuth from "../../golden/vendor-application/expected/vendor-auth/index.js";
import { repositoryPath } from "../../support/require.js";
import { load } from "../support.js";
import { type Side, sidesOf } from "./arbitrary.js";
import { decodeOk, encode, hex } from "./wire.js";

type Values = Record<string, unknown>;

const fill: Fill = { sessionId: "filled;1;2", originHost: "filled.test", originRealm: "test" };

const golden = (feature: string) => repositoryPath(`test/golden/${feature}/dictionary.xml`);

/** Dictionary, key of the application, and what was generated for it. */
const goldens: readonly (readonly [string, string, object])[] = [
  [golden("data-types"), "types", types],
  [golden("cardinality"), "cardinality", cardinality],
  [golden("recursion"), "recursion", recursion],
  [golden("reserved-words"), "reserved", reserved],
  [golden("colliding-names"), "colliding", colliding],
  [golden("enumerations"), "enumerations", enumerations],
  [golden("empty-grammars"), "empty", empty],
  [golden("hostile-text"), "hostile", hostile],
  [golden("leading-digits"), "digits", digits],
  [golden("vendor-application"), "vendor-auth", vendorAuth],
  [golden("vendor-application"), "vendor-acct", vendorAccounting],
  [golden("two-applications"), "two", plain],
  [golden("two-applications"), "other", extended],
];

interface Case {
  readonly key: string;
  readonly side: Side;
  readonly command: AnyCommand;
}

async function goldenCases(): Promise<Case[]> {
  const cases = goldens.map(async ([file, key, module]) =>
    sidesOf(await load(file), key).map((side) => ({ key, side, command: commandIn(module, side.command) })),
  );
  return (await Promise.all(cases)).flat();
}

/** Every application of the SDK. */
async function ourCases(): Promise<Case[]> {
  const names = readdirSync(repositoryPath("dictionaries")).filter((name) => name.endsWith(".xml"));
  const dictionary = await load(...names.sort().map((name) => repositoryPath(`dictionaries/${name}`)));
  const layout = layOut(dictionary);
  const cases = layout.folders.map(async ({ name, application }) => {
    if (application === undefined) return [];
    const module = (await import(repositoryPath(`generated/src/${name}/index.ts`))) as object;
    return sidesOf(dictionary, application.key, layout).map((side) => ({
      key: application.key,
      side,
      command: commandIn(module, side.command),
    }));
  });
  return (await Promise.all(cases)).flat();
}

/** The `Command` constant among a module's exports. */
function commandIn(module: object, { name, code }: { name: string; code: number }): AnyCommand {
  const found = Object.values(module).find(
    (value): value is AnyCommand =>
      typeof value === "object" && value !== null && value.name === name && value.code === code && "request" in value,
  );
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

const cases = [...(await ourCases()), ...(await goldenCases())];

describe.each(cases)("$key: $side.title", ({ side, command }) => {
  const codec = command[side.side];
  const known = command.application.avps;
  const create = (init: Values, fills: Fill = fill) => codec.create(init, fills) as Values;

  it("gives the same message after encoding and decoding, and the same octets again", () => {
    fc.assert(
      fc.property(side.init, (init) => {
        const message = create(init);
        const bytes = encode(codec, message);
        const decoded = decodeOk(codec, bytes, known);
        expect(decoded).toStrictEqual(message);
        expect(hex(encode(codec, decoded))).toBe(hex(bytes));
      }),
      { numRuns: 40 },
    );
  });

  it("takes over what the init has, and fills in the rest", () => {
    fc.assert(
      fc.property(side.init, (init) => {
        const message = create(init);
        expect(message.avps).toEqual(init.avps ?? []);
        for (const field of side.fields) checkProperty(field, init[field.property], message[field.property]);
        expect(message.header).toMatchObject({
          flags: (side.side === "request" ? 0x80 : 0) | (command.proxiable ? 0x40 : 0),
          commandCode: side.command.code,
          applicationId: side.application.id,
        });
      }),
      { numRuns: 20 },
    );
  });

  it("takes a decoded message as an init, with a header of its own", () => {
    fc.assert(
      fc.property(side.init, (init) => {
        const message = create(init);
        const decoded = decodeOk(codec, encode(codec, message), known) as Values;
        const again = create(decoded);
        expect(again).toStrictEqual(message);
        expect(again.header).not.toBe(decoded.header);
        const spread = create({ ...decoded });
        expect(spread).toStrictEqual(message);
      }),
      { numRuns: 20 },
    );
  });
});

function checkProperty(field: Side["fields"][number], given: unknown, made: unknown): void {
  if (given === undefined) {
    if (field.many) expect(made).toEqual([]);
    else if (!field.initOptional || !field.required)
      return; // undefined, or an application id
    else expect(made, field.property).toBeDefined();
  } else if (field.avp.type !== "Grouped") expect(made, field.property).toEqual(given);
  else if (field.many) expect(made).toHaveLength((given as unknown[]).length);
}

describe("what the node fills in", () => {
  it("is its own name, the session and the application", () => {
    const mar = sip.multimediaAuth.request.create(
      { destinationRealm: "test", authSessionState: 1, sipAor: "sip:a@test", sipMethod: "INVITE" },
      fill,
    );
    expect(mar).toMatchObject({
      sessionId: "filled;1;2",
      originHost: "filled.test",
      originRealm: "test",
      authApplicationId: 6,
    });
  });

  it("is left where the caller gives it", () => {
    const mar = sip.multimediaAuth.request.create(
      {
        sessionId: "mine",
        originHost: "me.test",
        originRealm: "mine.test",
        authApplicationId: 7,
        destinationRealm: "test",
        authSessionState: 1,
        sipAor: "sip:a@test",
        sipMethod: "INVITE",
      },
      fill,
    );
    expect(mar).toMatchObject({
      sessionId: "mine",
      originHost: "me.test",
      originRealm: "mine.test",
      authApplicationId: 7,
    });
  });

  it("is Vendor-Specific-Application-Id in an application of a vendor", () => {
    expect(vendorAuth.userHello.request.create({}, fill)).toMatchObject({
      vendorSpecificApplicationId: { vendorId: [10415], authApplicationId: 16777216 },
      authApplicationId: undefined,
    });
    expect(vendorAccounting.userHello.request.create({}, fill)).toMatchObject({
      vendorSpecificApplicationId: { vendorId: [10415], acctApplicationId: 16777217 },
    });
  });

  it("is the request's Proxy-Info in an answer, behind all else, unless the caller gives its own: RFC 6733 section 6.2", () => {
    const proxies = [new Avp(284, 0, 0x40, new Uint8Array([1, 2, 3])), new Avp(284, 0, 0x40, new Uint8Array([4]))];
    const extra = new Avp(60000, 0, 0, new Uint8Array(1));
    const init = { authSessionState: 1, resultCode: 2001, avps: [extra] };
    const made = sip.multimediaAuth.answer.create(init, { ...fill, proxyInfo: proxies });
    expect(made.avps).toEqual([extra, ...proxies]);
    const own = sip.multimediaAuth.answer.create({ ...init, proxyInfo: [] }, { ...fill, proxyInfo: proxies });
    expect(own.avps).toEqual([extra]);
    // Also where the grammar does not name it.
    const unnamed = plain.charge.answer.create({}, { ...fill, proxyInfo: proxies });
    expect(unnamed.avps).toEqual(proxies);
    const request = sip.multimediaAuth.request.create(
      { destinationRealm: "test", authSessionState: 1, sipAor: "a", sipMethod: "b" },
      { ...fill, proxyInfo: proxies },
    );
    expect(request.avps).toEqual([]);
  });
});

describe("a message that was made", () => {
  it("does not change with what it was made from", () => {
    const routes = ["a.test"];
    const item = { sipAuthenticationScheme: 0, avps: [] as Avp[] };
    const init = {
      destinationRealm: "test",
      authSessionState: 1,
      sipAor: "a",
      sipMethod: "b",
      routeRecord: routes,
      sipAuthDataItem: item,
    };
    const mar = sip.multimediaAuth.request.create(init, fill);
    routes.push("b.test");
    item.sipAuthenticationScheme = 7;
    item.avps.push(new Avp(1, 0, 0, new Uint8Array(0)));
    expect(mar.routeRecord).toEqual(["a.test"]);
    expect(mar.sipAuthDataItem).toMatchObject({ sipAuthenticationScheme: 0, avps: [] });
  });
});
