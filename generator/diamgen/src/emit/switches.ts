/** One case of a switch over AVP codes; its lines end by leaving the switch. */
export interface Case {
  readonly code: number;
  readonly lines: readonly string[];
}

/** More cases than this are split: V8 compares the cases of a sparse switch one after the other. */
const MOST = 8;

/**
 * A switch over `code`, as lines with their indentation. A long one becomes a tree of comparisons with a short switch at each leaf, so that the
 * last of sixty AVPs is found about as fast as the first. Within a leaf the cases keep the grammar's order, which is mostly that of the wire.
 * A code that no case has falls out of the switch.
 */
export function switchLines(cases: readonly Case[]): string[] {
  if (cases.length <= MOST) return ["switch (code) {", ...indented(cases.flatMap(caseLines)), "}"];
  const codes = cases.map(({ code }) => code).sort((a, b) => a - b);
  const middle = codes[codes.length >> 1] as number;
  const below = cases.filter(({ code }) => code < middle);
  const above = cases.filter(({ code }) => code >= middle);
  return [`if (code < ${middle}) {`, ...indented(switchLines(below)), "} else {", ...indented(switchLines(above)), "}"];
}

/** Lines that declare something get a block of their own. */
function caseLines({ code, lines }: Case): string[] {
  if (lines.some((line) => /^(?:const|let) /.test(line))) return [`case ${code}: {`, ...indented(lines), "}"];
  return [`case ${code}:`, ...indented(lines)];
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
