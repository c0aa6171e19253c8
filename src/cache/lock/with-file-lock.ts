/**
 * Does `work` while no other process works on the file at `path`, which need not be in a cache; its folder must be there.
 * Where no lock can be had, it is done without.
 * @throws what `work` throws
 */
export async function withFileLock(path: string, work: () => Promise<void>): Promise<void> {
  const { acquireFileLock } = await import("./lock.ts");
  const lock = await acquireFileLock(path);
  try {
    await work();
  } finally {
    await lock?.release(true);
  }
}
