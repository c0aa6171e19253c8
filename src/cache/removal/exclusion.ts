/**
 * What those who take leases and those who remove see of each other, for one thing in the cache. Each operation takes
 * effect at once, whatever others do meanwhile.
 */
export interface Exclusion {
  readonly lease: () => Promise<void>;
  /** Whether somebody has a lease who still lives. */
  readonly isLeased: () => Promise<boolean>;
  /** Says that something is about to be removed, under a new name. */
  readonly announce: () => Promise<string>;
  readonly withdraw: (removal: string) => Promise<void>;
  /** The names of removals that are under way. One whose process is gone is none. */
  readonly announced: () => Promise<readonly string[]>;
}

/**
 * Takes a lease, and waits for removals that began before: they may not have seen it. What is there after that stays;
 * what is not has to be brought.
 * @param pause waits before the next look; `false` when there is no more to be waited
 */
export async function takeLease(
  { lease, announced }: Pick<Exclusion, "lease" | "announced">,
  pause: () => Promise<boolean>,
): Promise<void> {
  await lease();
  for (let earlier = await announced(); earlier.length > 0;) {
    if (!(await pause())) return;
    const now = new Set(await announced());
    earlier = earlier.filter((removal) => now.has(removal));
  }
}

/**
 * Does `work`, which removes, unless there is a lease. Both sides speak before they look, so at least one of two that
 * meet sees the other. Returns whether it was done.
 */
export async function removeUnleased(
  { announce, isLeased, withdraw }: Pick<Exclusion, "announce" | "isLeased" | "withdraw">,
  work: (removal: string) => Promise<void>,
): Promise<boolean> {
  const removal = await announce();
  try {
    if (await isLeased()) return false;
    await work(removal);
    return true;
  } finally {
    await withdraw(removal);
  }
}
