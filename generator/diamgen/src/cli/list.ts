import type { Application, AvpDefinition, Dictionary, Grammar } from "@diamgen/dictionary";
import { Command } from "commander";
import { ruleText } from "../emit/rules.js";
import { ExitCode } from "./exit-code.js";
import { load, overlayOption } from "./load.js";

export function listCommand(finish: (code: number) => void): Command {
  return new Command("list")
    .description("show applications, commands with their grammar, and AVPs with codes and types")
    .argument("<file...>", "dictionaries, in any order; what they import comes along")
    .addOption(overlayOption())
    .option("--json", "as JSON")
    .action(async (files: string[], { json, overlay }: { json?: boolean; overlay: readonly string[] }) => {
      const dictionary = await load(files, overlay);
      if (typeof dictionary === "number") return finish(dictionary);
      process.stdout.write(json ? `${JSON.stringify(asJson(dictionary), undefined, 2)}\n` : asText(dictionary));
      finish(ExitCode.OK);
    });
}

function grammarLines(grammar: Grammar): string[] {
  if (grammar.loose) return ["(no grammar: any AVPs)"];
  const lines = grammar.rules.map(ruleText);
  return grammar.wildcard ? [...lines, "* [ AVP ]"] : lines;
}

function asText(dictionary: Dictionary): string {
  const lines: string[] = [];
  for (const application of dictionary.applications) {
    lines.push(
      `application ${application.id} ${application.key}: ${application.name} (${application.kind}${vendor(application)})`,
    );
    for (const command of application.commands) {
      const inherited = command.inheritedFrom === undefined ? "" : `, from application ${command.inheritedFrom}`;
      lines.push(`  command ${command.code} ${command.name}${command.proxiable ? ", proxiable" : ""}${inherited}`);
      for (const side of ["request", "answer"] as const) {
        lines.push(`    ${side}`, ...grammarLines(command[side]).map((line) => `      ${line}`));
      }
    }
  }
  for (const { document, avps } of dictionary.documents) {
    if (avps.length === 0) continue;
    lines.push(`AVPs of ${document.name}${document.source === undefined ? "" : ` (${document.source})`}`);
    for (const avp of avps)
      lines.push(`  ${code(avp).padEnd(12)} ${avp.name.padEnd(36)} ${avp.typeName.padEnd(18)} ${flags(avp)}`.trimEnd());
  }
  return `${lines.map(printable).join("\n")}\n`;
}

/** Text of a dictionary must not move a terminal's cursor or turn the direction of writing. */
function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

function vendor({ vendorId }: Application): string {
  return vendorId === 0 ? "" : `, vendor ${vendorId}`;
}

function code({ vendorId, code }: AvpDefinition): string {
  return vendorId === 0 ? `${code}` : `${vendorId}:${code}`;
}

/** M and P as letters where they must be set. */
function flags(avp: AvpDefinition): string {
  return `${avp.vendorId === 0 ? "" : "V"}${avp.mandatory === "must" ? "M" : ""}${avp.protected === "must" ? "P" : ""}`;
}

function asJson(dictionary: Dictionary) {
  return {
    applications: dictionary.applications.map(({ id, key, name, kind, vendorId, source, commands }) => ({
      id,
      key,
      name,
      kind,
      vendorId,
      source,
      commands: commands.map((command) => ({
        name: command.name,
        code: command.code,
        abbreviation: command.abbreviation,
        proxiable: command.proxiable,
        inheritedFrom: command.inheritedFrom,
        section: command.section,
        request: grammarJson(command.request),
        answer: grammarJson(command.answer),
      })),
    })),
    avps: [...dictionary.avps.values()].map((avp) => ({
      name: avp.name,
      code: avp.code,
      vendorId: avp.vendorId,
      type: avp.type,
      typeName: avp.typeName,
      mandatory: avp.mandatory,
      protected: avp.protected,
      source: avp.source,
      section: avp.section,
      enums: avp.enums.map(({ name, code }) => ({ name, code })),
      grammar: avp.grammar && grammarJson(avp.grammar),
    })),
  };
}

/** `max` null: unbounded. */
function grammarJson(grammar: Grammar) {
  return {
    wildcard: grammar.wildcard,
    loose: grammar.loose,
    rules: grammar.rules.map(({ avp, position, min, max }) => ({
      avp: avp.name,
      code: avp.code,
      vendorId: avp.vendorId,
      position,
      min,
      max: Number.isFinite(max) ? max : null,
    })),
  };
}
