/** Data on standard output, no faster than it is read. */
import { once } from "node:events";
import { printable } from "../printable.js";

/** False: nobody reads any more, so there is no use in going on. */
export async function put(data: string | Uint8Array): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed || !stdout.writable) return false;
  if (!stdout.write(data)) {
    const waited = new AbortController();
    const either = ["drain", "close"].map((event) => once(stdout, event, { signal: waited.signal }));
    await Promise.race(either).catch(() => {});
    waited.abort();
    await Promise.allSettled(either);
  }
  return !stdout.destroyed && stdout.writable;
}

/** Columns as wide as what is in them, for people. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** "45s", "12m", "3h20m", "4d6h": how long something has lasted. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (days > 0) return `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}

/** Fires at Ctrl-C, or when somebody ends the program in order; a second one ends it at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

export function addressText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
