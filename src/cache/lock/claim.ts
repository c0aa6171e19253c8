/** What is known of a generation of a lock. */
export type LockState =
  | { readonly kind: "released" }
  | { readonly kind: "held"; readonly holder: LockHolder }
  /** Its record is being written, or was cut off by a crash. */
  | { readonly kind: "unreadable"; readonly modifiedMs: number };

/** Who holds a lock, as its record says. */
export interface LockHolder {
  /** Who that is, in the form of `describeOwner`. */
  readonly owner: Readonly<Record<string, unknown>>;
  /** How far it has come, in bytes. */
  readonly receivedBytes: number;
  /** When it last said so, by the clock of the file system, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The generations of one lock. Each operation takes effect at once, whatever others do meanwhile. */
export interface Generations {
  /** The numbers of the generations that are there, in any order. */
  readonly list: () => Promise<readonly number[]>;
  /** `undefined` when the generation is gone. */
  readonly read: (generation: number) => Promise<LockState | undefined>;
  /** Makes a generation in the caller's name. `false` when it is there already, or was in the way of nobody any more. */
  readonly claim: (generation: number) => Promise<boolean>;
  /** One that is gone is no error. */
  readonly remove: (generation: number) => Promise<void>;
}

/** What came of trying to get a lock: the generation that is now ours, or who has it. */
export type Claim = { readonly generation: number } | { readonly state: LockState };

/**
 * Tries to get a lock once. The highest generation rules: who makes the next one, when the highest is released or its
 * holder is gone, holds the lock, unless someone made a higher one meanwhile. As long as work under the lock is to be
 * done the highest one is never deleted, so that a caller that was held up between looking and claiming finds out.
 * @param isGone whether the holder of a generation will never release it
 */
export async function claimLock(
  generations: Generations,
  isGone: (state: LockState) => Promise<boolean>,
): Promise<Claim> {
  for (;;) {
    const highest = Math.max(0, ...(await generations.list()));
    if (highest > 0) {
      const state = await generations.read(highest);
      if (state === undefined) continue;
      if (state.kind !== "released" && !(await isGone(state))) return { state };
    }
    const generation = highest + 1;
    if (!(await generations.claim(generation))) continue;
    const present = await generations.list();
    if (present.some((other) => other > generation)) {
      await generations.remove(generation);
      continue;
    }
    for (const other of present) if (other < generation) await generations.remove(other);
    return { generation };
  }
}
