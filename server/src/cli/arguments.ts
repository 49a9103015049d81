/** Values of options, for commander's argParser. */
import { InvalidArgumentError } from "commander";

const LONGEST_TIMER = 0x7fffffff;

export function milliseconds(text: string): number {
  return whole(text, 1, LONGEST_TIMER);
}

/** Seconds, a fraction too. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,10}(?:\.\d{1,9})?$/.test(text) || value <= 0)
    throw new InvalidArgumentError("a number of seconds, above 0.");
  return value;
}

/** The same, for a timer. */
export function timerSeconds(text: string): number {
  const value = seconds(text);
  if (value * 1000 > LONGEST_TIMER)
    throw new InvalidArgumentError(`a number of seconds, ${Math.floor(LONGEST_TIMER / 1000)} at most.`);
  return value;
}

/** A date alone is its midnight in UTC; a time without offset is UTC too, not whatever the machine is set to. */
export function time(text: string): Date {
  const known = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const date = new Date(known !== null && text.includes("T") && known[1] === undefined ? `${text}Z` : text);
  if (known === null || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("a time is 2026-11-22 or 2026-11-22T10:00:00Z.");
  return date;
}

export function positive(text: string): number {
  return whole(text, 1, Number.MAX_SAFE_INTEGER);
}

/** "65536", "64k", "10M", "1G": octets. */
export function octets(text: string): number {
  const [, number, unit] = /^(\d{1,12})([kMG]?)$/.exec(text) ?? [];
  const value = Number(number) * 1024 ** " kMG".indexOf(unit || " ");
  if (number === undefined || !Number.isSafeInteger(value) || value === 0)
    throw new InvalidArgumentError("a number of octets, such as 65536, 64k, 10M or 1G.");
  return value;
}

export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function whole(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`a whole number from ${least}${most < LONGEST_TIMER ? ` to ${most}` : ""}.`);
  return value;
}
