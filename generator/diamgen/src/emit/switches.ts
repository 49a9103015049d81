/** One case of a switch over AVP codes. */
export interface Case {
  readonly code: number;
  readonly lines: readonly string[];
}

/** More cases than this are split: V8 compares the cases of a sparse switch one after the other. */
const MOST = 8;

/**
 * A switch over `code`, as lines with their indentation. A long one becomes a tree of comparisons with a short switch at each leaf, so that the
 * last of sixty AVPs is found about as fast as the first. Within a leaf the cases keep the grammar's order, which is mostly that of the wire.
 */
export function switchLines(cases: readonly Case[], otherwise: string): string[] {
  if (cases.length <= MOST)
    return [
      "switch (code) {",
      ...indented(cases.flatMap(({ code, lines }) => [`case ${code}: {`, ...indented([...lines, "break;"]), "}"])),
      ...indented(["default:", ...indented([otherwise])]),
      "}",
    ];
  const codes = cases.map(({ code }) => code).sort((a, b) => a - b);
  const middle = codes[codes.length >> 1] as number;
  const below = cases.filter(({ code }) => code < middle);
  const above = cases.filter(({ code }) => code >= middle);
  return [
    `if (code < ${middle}) {`,
    ...indented(switchLines(below, otherwise)),
    "} else {",
    ...indented(switchLines(above, otherwise)),
    "}",
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
