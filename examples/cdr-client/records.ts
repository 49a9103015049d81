/** Call records, one a line: `call-id,caller,callee,answered,seconds`, with a header and without quotes. */
import { readFile } from "node:fs/promises";

export interface CallRecord {
  readonly callId: string;
  readonly caller: string;
  readonly callee: string;
  readonly answered: Date;
  readonly seconds: number;
}

export async function readRecords(file: string): Promise<CallRecord[]> {
  const [, ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
  return lines.map((line, i) => {
    const [callId = "", caller = "", callee = "", at = "", duration = ""] = line.split(",");
    const answered = new Date(at);
    const seconds = Number(duration);
    if (callId === "" || Number.isNaN(answered.getTime()) || !Number.isInteger(seconds))
      throw new Error(`${file}:${i + 2}: not a call record: ${line}`);
    return { callId, caller, callee, answered, seconds };
  });
}
