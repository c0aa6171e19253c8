import { basename, join } from "node:path";
import { type Digest, printable } from "../../core/index.ts";
import { refuseTag } from "../artifact-client.ts";
import { type LockedArtifact, lockFailure } from "./lock-failure.ts";
import { pull } from "../pull/pull.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { type LockItem, readLock } from "./read-lock.ts";
import { openSharedLease } from "../pull/shared-lease.ts";
import { checkJobs, settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";

/**
 * Brings every artifact of a lockfile into the cache, in the lock's order. All entries are checked before the first
 * byte is asked for; those that fail do not stop the others.
 */
export async function pullLock(
  context: PullContext,
  path: string,
  options: SettleOptions,
): Promise<readonly LockedArtifact[]> {
  checkJobs(options.jobs);
  const { cache, settings } = context;
  const refuse = ({ entry, reference }: LockItem): void => {
    if (entry.digest === undefined && entry.contentDigest === undefined) refuseTag(settings, reference);
  };
  const isHeld = async (digest: Digest): Promise<boolean> =>
    (await cache.readManifest(digest)) !== undefined || (await cache.locate(digest, [])) !== undefined;
  const { items } = await readLock(path, { check: refuse, isHeld });
  noticeSignatures(context, path, items);
  // The largest first: what is begun last is then small, and no host is left with one long download.
  const order = items.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  await using lease = openSharedLease(cache);
  const leasing = { ...context, lease };
  const settled = await settleAll(order, (item) => pullItem(leasing, item, options.signal), options);
  const ofItem = new Map(order.map((item, i) => [item, settled[i]]));
  const outcomes = items.map((item) => ofItem.get(item)).filter((outcome) => outcome !== undefined);
  const pulled = valuesOf(outcomes);
  if (pulled.length === items.length) return pulled;
  const entries = items.map(({ entry }) => entry);
  throw lockFailure(path, entries, outcomes, pulled);
}

function sizeOf({ entry }: LockItem): number {
  return entry.sizeBytes ?? 0;
}

async function pullItem(
  context: PullContext,
  { entry, reference }: LockItem,
  signal: AbortSignal | undefined,
): Promise<LockedArtifact> {
  const { mediaType: _, ...artifact } = await pull(context, reference, signal, entry);
  const digest = entry.digest ?? entry.contentDigest ?? artifact.digest;
  // The path goes with the digest, whichever way the artifact was found.
  const cachePath =
    digest === artifact.contentDigest
      ? join(context.cache.folderOf(digest), basename(artifact.cachePath))
      : artifact.cachePath;
  return { ...artifact, name: entry.name, digest, cachePath };
}

function noticeSignatures({ settings }: PullContext, path: string, items: readonly LockItem[]): void {
  const [first, ...others] = items.filter(({ entry }) => entry.hasSignature);
  if (first === undefined) return;
  const { name, reference } = first.entry;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  settings.onEvent({
    event: "warning",
    code: "SIGNATURE_NOT_CHECKED",
    message: `signatures in \`${printable(path)}\` are not checked: that of \`${printable(name ?? reference)}\`${more}`,
    reference: printable(reference),
  });
}
