/** Values of options, for commander's argParser. */
import { InvalidArgumentError } from "commander";

const LONGEST_TIMER = 0x7fffffff;

export function milliseconds(text: string): number {
  return whole(text, 1, LONGEST_TIMER);
}

/** Seconds, a fraction too. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || value * 1000 > LONGEST_TIMER)
    throw new InvalidArgumentError("a number of seconds, above 0.");
  return value;
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
