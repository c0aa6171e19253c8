import { isDistError } from "../../core/index.ts";
import type { PullContext } from "./pull-context.ts";

/** What was used within a day is never swept without being asked. */
const spareMs = 24 * 60 * 60 * 1000;

/** After something was brought into the cache: keeps it below its budget, at most once an hour. */
export async function sweepAfterPull({ cache, settings }: PullContext): Promise<void> {
  const { cacheMaxBytes: maxBytes, offline } = settings;
  if (offline) return;
  try {
    await cache.sweepIfDue({ maxBytes, minAgeMs: spareMs, keep: new Set() });
  } catch (error) {
    if (!isDistError(error, "IO") && !isDistError(error, "DISK_FULL")) throw error;
    // What was pulled is there all the same.
    settings.onEvent({
      event: "warning",
      code: "CACHE_NOT_WRITABLE",
      message: error.message,
      reference: undefined,
    });
  }
}
