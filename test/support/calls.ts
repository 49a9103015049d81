/** The kernel's calls of a program, as strace tells them. */

/** One call that has returned; "unfinished" and "resumed" lines of two threads are one. */
export interface Call {
  readonly name: string;
  /** Arguments, descriptors with what they are: `25</tmp/x/diamgen.db-wal>`, `30<TCP:[127.0.0.1:1->127.0.0.1:2]>`. */
  readonly text: string;
  /** Line numbers of the trace: begun, returned. */
  readonly began: number;
  readonly ended: number;
  readonly result: number;
}

/** Of the output of `strace -f -yy`. */
export function callsOf(trace: string): readonly Call[] {
  const open = new Map<string, { readonly name: string; readonly text: string; readonly began: number }>();
  const calls: Call[] = [];
  for (const [line, whole] of trace.split("\n").entries()) {
    const [, pid = "", text = ""] = /^(\d+) +(.*)$/.exec(whole) ?? [];
    const result = Number(/ = (-?\d+)[^=]*$/.exec(text)?.[1] ?? Number.NaN);
    const resumed = /^<\.\.\. \w+ resumed>/.test(text);
    const begun = resumed ? open.get(pid) : { name: /^\w+/.exec(text)?.[0] ?? "", text, began: line };
    if (begun === undefined || begun.name === "") continue;
    if (text.endsWith("<unfinished ...>")) open.set(pid, begun);
    else {
      open.delete(pid);
      calls.push({ ...begun, ended: line, result });
    }
  }
  return calls;
}
