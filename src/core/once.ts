/**
 * A function that does `work` when it is first called, and returns what came of that ever after. For imports above all: to
 * import what is loaded already takes a tenth of a millisecond, every time.
 */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
