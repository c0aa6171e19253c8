import { join } from "node:path";
import { fileClock } from "./file-clock.ts";
import { collectGarbage } from "./gc.ts";
import { ifPresent } from "./io-errors.ts";
import { tryLock } from "./lock/lock.ts";
import { stat } from "./quick-fs.ts";
import { replaceJson } from "./replace-file.ts";
import type { Store } from "./store.ts";
import { type Sweep, type SweepOptions, sweepStore } from "./sweep.ts";

/** How often a cache is swept by itself, in milliseconds. */
const sweepEveryMs = 60 * 60 * 1000;

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

/** Sweeps the cache unless that was done within the last hour, or another process is doing it. */
export async function sweepIfDue(store: Store, options: SweepOptions): Promise<void> {
  const note = join(store.home, "gc.json");
  // Before the first sweep, what counts is when the store was made.
  const last = (await ifPresent(stat(note))) ?? (await ifPresent(stat(store.tag)));
  if (last !== undefined && Math.abs(store.now() - last.mtimeMs) < sweepEveryMs) return;
  const lock = await tryLock(store, "gc");
  if (lock === undefined) return;
  try {
    // First of all, so that a sweep which fails is not begun again by every pull.
    await replaceJson(store, note, { swept_at_unix_seconds: Math.floor((await fileClock(store)) / 1000) });
    await sweepStore(store, options);
  } finally {
    await lock.release(true);
  }
}
