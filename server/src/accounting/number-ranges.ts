/** A set of integers that mostly follow each other, as the numbers of a session's records do: kept as runs. */

/** First and last, both included. */
export type Range = readonly [first: number, last: number];

export class NumberRanges {
  /** Ascending; between two of them is at least one number that is not in the set. */
  readonly #ranges: [number, number][] = [];

  add(number: number): void {
    // Numbers come in order but for a few: from the end.
    let index = this.#ranges.length;
    while (index > 0 && (this.#ranges[index - 1]?.[0] ?? 0) > number) index--;
    const [before, after] = [this.#ranges[index - 1], this.#ranges[index]];
    if (before !== undefined && number <= before[1]) return;
    const joinsBefore = before !== undefined && before[1] === number - 1;
    const joinsAfter = after !== undefined && after[0] === number + 1;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      this.#ranges.splice(index, 1);
    } else if (joinsBefore) before[1] = number;
    else if (joinsAfter) after[0] = number;
    else this.#ranges.splice(index, 0, [number, number]);
  }

  /** What lies between the least and the greatest and is not in the set. */
  get gaps(): readonly Range[] {
    return this.#ranges.slice(1).map(([first], index) => [(this.#ranges[index]?.[1] ?? 0) + 1, first - 1] as const);
  }
}
