/** Which clauses are judged: sections 2 to 9 of RFC 6733, and section 3 of RFC 3539 on which its section 5.5 stands. */
import { readFileSync } from "node:fs";
import { type Requirement, requireShared } from "../../support/require.js";
import { type Clause, clausesOf } from "./clauses.js";

export interface Source {
  readonly rfc: string;
  readonly title: string;
  readonly sections: readonly string[];
  readonly text: Requirement;
}

export const SOURCES: readonly Source[] = [
  {
    rfc: "6733",
    title: "Diameter Base Protocol",
    sections: ["2", "3", "4", "5", "6", "7", "8", "9"],
    text: requireShared("rfc/rfc6733.txt"),
  },
  {
    rfc: "3539",
    title: "AAA Transport Profile",
    sections: ["3"],
    text: requireShared("rfc/rfc3539.txt"),
  },
];

export function textOf(source: Source): string {
  return readFileSync(source.text.path, "latin1");
}

export function clauses(): Clause[] {
  return SOURCES.flatMap((source) => clausesOf(source.rfc, textOf(source), source.sections));
}
