/** What becomes of each directive of a freeDiameter.conf, into the log: at the start, and after SIGHUP where it is another than before. */
import type { Logger } from "pino";
import { type ReportLine, reportText } from "../config/freediameter/report.js";

export class Notes {
  readonly #log: Logger;
  #said: ReadonlySet<string> = new Set();

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(report: readonly ReportLine[]): void {
    const told = new Set<string>();
    for (const line of report) {
      // Lines that have only moved are none of anybody's business.
      const key = JSON.stringify([line.directive, line.outcome, line.settings, line.why]);
      told.add(key);
      if (this.#said.has(key)) continue;
      const { file, line: number, outcome, settings } = line;
      this.#log[outcome === "honoured" ? "info" : "warn"](
        { at: `${file}:${number}`, outcome, settings },
        reportText(line),
      );
    }
    this.#said = told;
  }
}
