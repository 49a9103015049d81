/** "Did you mean": the candidate nearest to a misspelt name, if one is near enough to be worth naming. */

const MAX_LENGTH = 64;

export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let limit = Math.min(4, Math.max(1, Math.round(name.length * 0.4)));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit || candidate === name) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), limit);
    // Strictly nearer, so that of two equally near ones the first in dictionary order is named.
    if (distance <= limit) {
      best = candidate;
      limit = distance - 1;
    }
    if (limit < 0) break;
  }
  return best;
}

export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const nearest = suggest(name, candidates);
  return nearest === undefined ? undefined : `Did you mean "${nearest}"?`;
}

/** Optimal string alignment: insert, delete, replace, swap neighbours. Gives up above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforePrevious[j - 2]! + 1);
      }
      current.push(distance);
      smallest = Math.min(smallest, distance);
    }
    if (smallest > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
