import { join } from "node:path";
import { ifPresent } from "../files/io-errors.ts";
import { stat } from "../files/quick-fs.ts";
import type { Store } from "../store.ts";

/** How often a cache is swept by itself, in milliseconds. */
const sweepEveryMs = 60 * 60 * 1000;

/** The file that says when a cache was last swept. */
export function sweepNoteOf(store: Store): string {
  return join(store.home, "gc.json");
}

/** Whether a cache was not swept within the last hour. Before the first sweep, what counts is when the store was made. */
export async function isSweepDue(store: Store): Promise<boolean> {
  const last = (await ifPresent(stat(sweepNoteOf(store)))) ?? (await ifPresent(stat(store.tag)));
  return last === undefined || Math.abs(store.now() - last.mtimeMs) >= sweepEveryMs;
}
