import { type Diagnostic, summarise } from "@diamgen/dictionary";
import { expect, test } from "vitest";

const make = (code: Diagnostic["code"], severity: Diagnostic["severity"], line: number): Diagnostic => ({
  code,
  severity,
  message: `${code} in line ${line}`,
  at: { file: "a.xml", line, column: 1 },
});

test("diagnostics by code, the worst first", () => {
  const found = summarise([
    make("DG1042", "info", 1),
    make("DG1018", "warning", 2),
    make("DG2001", "error", 3),
    make("DG1018", "warning", 4),
    make("DG1017", "warning", 5),
    make("DG3001", "error", 6),
  ]);
  expect(found.map(({ code, severity, count, first }) => [code, severity, count, first.at.line])).toEqual([
    ["DG2001", "error", 1, 3],
    ["DG3001", "error", 1, 6],
    ["DG1017", "warning", 1, 5],
    ["DG1018", "warning", 2, 2],
    ["DG1042", "info", 1, 1],
  ]);
  expect(found[0]!.title).toBe("No AVP has this name.");
  // A code of somebody else's: its message is all that is known.
  expect(found[1]!.title).toBe("DG3001 in line 6");
  expect(summarise([])).toEqual([]);
});
