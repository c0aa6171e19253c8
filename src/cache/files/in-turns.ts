import { setImmediate } from "node:timers/promises";

/** How many small things are done at once before others have their turn. */
const turn = 256;

/** Makes what is to be awaited before each of very many small things that are done at once: now and then it lets others have their turn. */
export function createTurns(): () => Promise<void> | undefined {
  let begun = 0;
  return () => (begun++ % turn === 0 ? setImmediate() : undefined);
}

/** Does `work`, which takes no time worth speaking of, for each of many items. */
export async function inTurns<I, T>(items: readonly I[], work: (item: I) => T): Promise<readonly T[]> {
  const next = createTurns();
  const results: T[] = [];
  for (const item of items) {
    await next();
    results.push(work(item));
  }
  return results;
}
