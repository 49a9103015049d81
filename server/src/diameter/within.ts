import type { Clock } from "@diamgen/runtime";

/** Milliseconds that a decision may take. OpenSIPS from 3.3 on waits 2 s for an answer, and may crash on one that comes later. */
export const ANSWER_WITHIN_MS = 1500;

/** The result, or `late` when it has not come in time; what comes then comes to nobody. */
export function within<T, L>(clock: Clock, ms: number, result: Promise<T>, late: () => L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, ms);
    result.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}
