/** Processor time of other processes, and the cores that they may use (proc(5), taskset(1)). */
import { readdirSync, readFileSync } from "node:fs";
import { run } from "../../support/process.js";

/** Linux counts in hundredths of a second for user space, whatever the kernel's own tick is. */
const SECONDS_PER_TICK = 0.01;

/** A process and all that it has started, as far as they run now. */
export function familyOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
  return [pid, ...children.flatMap(familyOf)];
}

/** Seconds of user and system time that the processes have used. */
export function secondsUsed(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may have blanks and brackets: what follows the last bracket are fields 3 and on.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * SECONDS_PER_TICK;
}

/** Confines processes, with all their threads, to cores, such as "1" or "2-3". */
export async function confine(pids: readonly number[], cores: string): Promise<void> {
  for (const pid of pids) {
    const { code, output } = await run("taskset", ["--all-tasks", "--cpu-list", "--pid", cores, String(pid)]);
    if (code !== 0) throw new Error(`process ${pid} cannot be confined to core ${cores}: ${output}`);
  }
}

/** Resident MiB. */
export function memoryOf(pid: number): number {
  const [, kib] = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
