/** Data on standard output, no faster than it is read. */
import { once } from "node:events";

/** False: nobody reads any more, so there is no use in going on. */
export async function put(data: string | Uint8Array): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed || !stdout.writable) return false;
  if (!stdout.write(data)) await Promise.race([once(stdout, "drain"), once(stdout, "close")]).catch(() => {});
  return !stdout.destroyed && stdout.writable;
}

/** Columns as wide as what is in them, for people. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
