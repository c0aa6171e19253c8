/** How many things are worked on at once: as many as Node reads files at once. */
const width = 4;

/** Does `work` for each item, a few at once; the results come in the order of the items. The first error ends it all. */
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
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
