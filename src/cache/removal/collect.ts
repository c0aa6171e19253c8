import { fileClock } from "../files/file-clock.ts";
import { collectGarbage } from "./gc.ts";
import { tryLock } from "../lock/lock.ts";
import { replaceJson } from "../files/replace-file.ts";
import type { Store } from "../store.ts";
import { sweepNoteOf } from "./sweep-due.ts";
import { type Sweep, type SweepOptions, sweepStore } from "./sweep.ts";

/** Removes what is broken and what crashes left; then, where the options say so, whole artifacts. */
export async function collect(store: Store, options: SweepOptions): Promise<Sweep> {
  const broken = await collectGarbage(store, { dryRun: options.dryRun === true });
  if (options.maxBytes === undefined && options.olderThanMs === undefined) return broken;
  const whole = await sweepStore(store, options);
  return {
    removed: [...new Set([...broken.removed, ...whole.removed])],
    freedBytes: broken.freedBytes + whole.freedBytes,
  };
}

/** Sweeps the cache unless another process is doing it. */
export async function sweepDue(store: Store, options: SweepOptions): Promise<void> {
  const lock = await tryLock(store, "gc");
  if (lock === undefined) return;
  try {
    // First of all, so that a sweep which fails is not begun again by every pull.
    const swept = Math.floor((await fileClock(store)) / 1000);
    await replaceJson(store, sweepNoteOf(store), { swept_at_unix_seconds: swept });
    await sweepStore(store, options);
  } finally {
    await lock.release(true);
  }
}
