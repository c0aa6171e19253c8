/**
 * A function that does `work` when it is first called, and returns what came of that ever after; work that failed, for
 * want of a descriptor it may be, is done again. For imports above all: to import what is loaded already takes a tenth of
 * a millisecond, every time.
 */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  const begin = async (): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      result = undefined;
      throw error;
    }
  };
  return () => (result ??= begin());
}
