const LINE_WIDTH = 120;

/** A list in braces, on one line where it fits, else a line for each item. */
export function wrapped(head: string, items: readonly string[], tail: string): string {
  const line = `${head}{ ${items.join(", ")} }${tail}`;
  return line.length <= LINE_WIDTH ? line : `${head}{\n${items.map((item) => `  ${item},\n`).join("")}}${tail}`;
}
