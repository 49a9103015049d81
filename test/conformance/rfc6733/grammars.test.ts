/** What RFC 6733 asks of the grammars of commands, in all of our dictionaries. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, type Dictionary, type Grammar, loadDictionary } from "@diamgen/dictionary";
import { beforeAll, describe, expect, test } from "vitest";
import { repositoryPath } from "../../support/require.js";

let dictionary: Dictionary;

beforeAll(async () => {
  const folder = repositoryPath("dictionaries");
  const files = readdirSync(folder).filter((name) => name.endsWith(".xml"));
  const loaded = await loadDictionary(files.map((name) => join(folder, name)));
  expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  dictionary = loaded.dictionary as Dictionary;
});

interface Row {
  readonly name: string;
  /** RFC, or the document of a vendor. */
  readonly isIetf: boolean;
  readonly command: Command;
}

function rows(): Row[] {
  const found = dictionary.applications.flatMap((application) =>
    application.commands.map((command) => ({
      name: `${application.document} ${command.name}`,
      isIetf: application.vendorId === 0 && !["rf", "ro"].includes(application.document),
      command,
    })),
  );
  // Or else the tests below say nothing.
  expect(found.length).toBeGreaterThan(40);
  return found;
}

const rule = (grammar: Grammar, name: string) => grammar.rules.find(({ avp }) => avp.name === name);
const isOne = (grammar: Grammar, name: string) => {
  const found = rule(grammar, name);
  return found !== undefined && found.min === 1 && found.max === 1;
};

describe("in all dictionaries", () => {
  test("every command has a grammar for its request and its answer (section 3.2)", () => {
    const without = rows().filter(({ command: { request, answer } }) =>
      [request, answer].some(({ rules, loose }) => rules.length === 0 || loose),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test("an optional rule may occur 0 times; a fixed or required one at least once (section 3.2)", () => {
    const wrong = rows().flatMap(({ name, command: { request, answer } }) =>
      [...request.rules, ...answer.rules]
        .filter(({ position, min }) => (position === "optional") !== (min === 0))
        .map(({ avp }) => `${name}: ${avp.name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("Origin-Host and Origin-Realm are required once in every request and answer (sections 6.3 and 6.4)", () => {
    const wrong = rows().flatMap(({ name, command: { request, answer } }) =>
      [request, answer].flatMap((grammar) =>
        ["Origin-Host", "Origin-Realm"].filter((avp) => !isOne(grammar, avp)).map((avp) => `${name}: ${avp}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("Destination-Realm is required in every request that may be proxied (section 6.6), as far as the documents have it so", () => {
    const wrong = rows().filter(({ command }) => command.proxiable && !isOne(command.request, "Destination-Realm"));
    // RFC 4740 section 8.9 has Destination-Host in its place.
    expect(wrong.map(({ name }) => name)).toEqual(["sip Registration-Termination"]);
    expect(isOne(wrong[0]?.command.request as Grammar, "Destination-Host")).toBe(true);
  });

  test("a request that may not be proxied has neither Destination-Realm nor Destination-Host, nor has any answer (sections 6.1, 6.5 and 6.6)", () => {
    const found = rows().flatMap(({ name, command }) =>
      [command.answer, ...(command.proxiable ? [] : [command.request])].flatMap((grammar) =>
        ["Destination-Realm", "Destination-Host"].filter((avp) => rule(grammar, avp)).map((avp) => `${name}: ${avp}`),
      ),
    );
    expect(found).toEqual([]);
  });

  test("Destination-Host is required in what servers begin: RAR and ASR (section 6.5)", () => {
    const begun = rows().filter(({ command }) => ["Re-Auth", "Abort-Session"].includes(command.name));
    expect(begun.length).toBeGreaterThan(5);
    expect(begun.filter(({ command }) => !isOne(command.request, "Destination-Host")).map(({ name }) => name)).toEqual(
      [],
    );
  });

  test("Session-Id is the first of every message of a session, once (section 8.8)", () => {
    const wrong = rows().flatMap(({ name, command: { request, answer, code } }) =>
      [request, answer].flatMap(({ rules }) => {
        const [first] = rules;
        const isFirst = first?.avp.name === "Session-Id" && first.position === "fixed" && first.max === 1;
        // CER, DWR and DPR are between peers.
        return isFirst === [257, 280, 282].includes(code) ? [name] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("Result-Code is required once in every answer of an IETF application (section 7.1), Result-Code or Experimental-Result may stand in a vendor's (section 7.6)", () => {
    const wrong = rows().filter(({ isIetf, command: { answer } }) =>
      isIetf ? !isOne(answer, "Result-Code") : rule(answer, "Result-Code") === undefined,
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test("Result-Code is required once in RAA, STA and ASA of the base protocol (sections 8.3.2, 8.4.2 and 8.5.2)", () => {
    const answers = rows().filter(({ name }) => /^base (?:Re-Auth|Session-Termination|Abort-Session)$/.test(name));
    expect(answers).toHaveLength(3);
    expect(answers.every(({ command: { answer } }) => isOne(answer, "Result-Code"))).toBe(true);
  });
});
