import type { Invocation, Output } from "../command.ts";

/** `cache gc [--dry-run]` */
export async function cacheGc({ client, options }: Invocation): Promise<Output> {
  const dryRun = options.has("dry-run");
  const removed = await client.gc({ dryRun });
  const notes = removed.length === 0 ? [] : [`${dryRun ? "would remove" : "removed"} ${removed.join(", ")}`];
  return { lines: [], notes, json: removed };
}
