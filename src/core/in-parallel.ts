/** How many things are worked on at once: as many as Node reads files at once, and half of what one host is asked at once. */
const width = 4;

/** Does `work` for each item, a few at once; the results come in the order of the items. The first error is
 * thrown, and nothing more begun; it comes when what was under way has ended. */
export async function inParallel<I, T>(
  items: readonly I[],
  work: (item: I) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  const rest = items.entries();
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (const [i, item] of rest) {
      if (isOver) return;
      try {
        results[i] = await work(item);
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(width, items.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    await Promise.allSettled(workers);
    throw error;
  }
  return results;
}
