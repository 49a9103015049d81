import { type Diagnostic, formatDiagnostic } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";

const TEXT = '<dictionary>\n\t<avp nmae="A"/>\r\n</dictionary>';
const diagnostic: Diagnostic = {
  code: "DG1011",
  severity: "warning",
  message: 'unknown attribute "nmae" of <avp>',
  hint: 'Did you mean "name"?',
  at: { file: "in/a.xml", line: 2, column: 7 },
  related: [{ message: "the other", at: { file: "b.xml", line: 1, column: 2 } }],
};

describe("a diagnostic as text", () => {
  test("place, message, code frame, hint, related places", () => {
    expect(formatDiagnostic(diagnostic, TEXT).split("\n")).toEqual([
      'in/a.xml:2:7 warning DG1011: unknown attribute "nmae" of <avp>',
      '  2 |  <avp nmae="A"/>',
      "    |       ^",
      '  hint: Did you mean "name"?',
      "  b.xml:1:2 the other",
    ]);
  });

  test("without the text, and without hint", () => {
    const { code, severity, message, at } = diagnostic;
    expect(formatDiagnostic({ code, severity, message, at })).toBe(
      'in/a.xml:2:7 warning DG1011: unknown attribute "nmae" of <avp>',
    );
  });

  test("colours where they are wanted", () => {
    const text = formatDiagnostic(diagnostic, TEXT, { color: true });
    expect(text).toContain("\u001b[33mwarning\u001b[0m DG1011");
    expect(text).toContain("\u001b[33m^\u001b[0m");
    expect(formatDiagnostic(diagnostic, TEXT)).not.toContain("\u001b");
  });

  test("a line that does not exist has no frame", () => {
    expect(formatDiagnostic({ ...diagnostic, at: { file: "a", line: 99, column: 1 } }, TEXT)).not.toContain("|");
  });

  test("a long line is cut around the column", () => {
    const text = `${"a".repeat(5000)}X${"b".repeat(5000)}`;
    const lines = formatDiagnostic({ ...diagnostic, at: { file: "a", line: 1, column: 5001 } }, text).split("\n");
    expect(lines[1]!.length).toBeLessThan(140);
    expect(lines[1]![lines[2]!.indexOf("^")]).toBe("X");
  });

  test("text of the dictionary cannot drive the terminal", () => {
    const evil = "\u001b[2J\u009b\r\u202e\u2028";
    const text = formatDiagnostic(
      { ...diagnostic, message: evil, hint: evil, at: { file: evil, line: 1, column: 3 } },
      `${evil}X`,
    );
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    expect(text).toContain("\\u{1b}[2J");
  });
});
