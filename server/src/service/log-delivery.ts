import type { Logger } from "pino";
import type { DeliveryEvent } from "../accounting/delivered.js";

const WORDS: Readonly<Record<DeliveryEvent["type"], readonly [level: "info" | "warn" | "error", words: string]>> = {
  spooling: ["warn", "the sink does not take records: they go to the spool"],
  drained: ["info", "the spool is empty: records go to the sink again"],
  adopted: ["warn", "a process that has ended left records in the spool: they are replayed here"],
  refused: ["error", "the spool did not take the record either: it was refused"],
  rejected: ["error", "the sink will never take this record: it was put aside"],
  damaged: ["warn", "the spool had an end that is no record: it was put aside"],
};

/** What happens to accounting's sinks and spools, into the log. */
export function logDelivery(log: Logger, event: DeliveryEvent): void {
  const [level, words] = WORDS[event.type];
  const { type: _type, ...facts } = event;
  const { error: err, ...rest } = { error: undefined, ...facts };
  log[level]({ ...rest, ...(err !== undefined && { err }) }, words);
}
