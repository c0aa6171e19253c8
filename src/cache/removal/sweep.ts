import { lstat } from "node:fs/promises";
import type { Digest } from "../../core/index.ts";
import { bytesFreedBy, type FoundNames } from "./bytes-freed.ts";
import { fileClock } from "../files/file-clock.ts";
import { bytesBelow } from "../info.ts";
import { ifPresent } from "../files/io-errors.ts";
import { isLeased } from "./is-leased.ts";
import { inTurns } from "../files/in-turns.ts";
import { entriesOf, listBlobs, listFolders, type ViewFolder } from "../views/list.ts";
import { readPins } from "./pins.ts";
import { reachableFrom } from "./reachable.ts";
import { statsAt } from "../files/read-file.ts";
import { removeFrom } from "./removal.ts";
import { planRemoval } from "./remove.ts";
import type { Store } from "../store.ts";
import { indexFolders, type ViewFolders } from "../views/view-folders.ts";

/** Which whole artifacts may go. */
export interface SweepOptions {
  /** When the cache holds more bytes than this, the artifacts that were used longest ago go, down to four fifths of it. */
  readonly maxBytes?: number | undefined;
  /** Artifacts that were not used for so long go, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** What was used within so many milliseconds stays. Default: two hours. */
  readonly minAgeMs?: number | undefined;
  /** What stays whatever its age, by digest of manifest or content. */
  readonly keep: ReadonlySet<Digest>;
  /** Says what would go, and removes nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
}

/** What went. */
export interface Sweep {
  /** In the order in which they went: used longest ago first. */
  readonly removed: readonly Digest[];
  /** A file with several names counts once. */
  readonly freedBytes: number;
}

const defaultMinAgeMs = 2 * 60 * 60 * 1000;
/** How far below the budget a sweep goes, so that the next pull does not cause the next one. */
const lowWater = 0.8;

/** Something that can go by itself. */
interface Candidate {
  readonly digest: Digest;
  /** Milliseconds since 1970, by the clock of the file system. */
  readonly usedAt: number;
}

/**
 * Removes artifacts that were not used for long, and spares what somebody has a lease on.
 */
export async function sweepStore(store: Store, options: SweepOptions): Promise<Sweep> {
  const { maxBytes, olderThanMs = Infinity, minAgeMs = defaultMinAgeMs, dryRun = false } = options;
  const keep = await reachableFrom(store, [...options.keep, ...(await readPins(store)).keys()]);
  if ((await ifPresent(lstat(store.root))) === undefined) return { removed: [], freedBytes: 0 };
  const now = await fileClock(store);
  const held = maxBytes === undefined ? 0 : await bytesBelow(store.root);
  let excess = maxBytes === undefined || held <= maxBytes ? 0 : held - lowWater * maxBytes;
  const { candidates, folders } = await survey(store);
  const removed: Digest[] = [];
  let freedBytes = 0;
  /** Names of files that would be gone by then. */
  const passed: FoundNames | undefined = dryRun ? new Map() : undefined;
  for (const { digest, usedAt } of candidates) {
    // A time in the future is that of a clock which was wrong.
    const ageMs = Math.max(0, now - usedAt);
    if (ageMs < minAgeMs || (ageMs <= olderThanMs && excess <= 0)) continue;
    const { digests, paths } = planRemoval(store, folders, [digest]);
    if ([...digests].some((one) => keep.has(one))) continue;
    if (dryRun && (await isLeased(store, digests))) continue;
    const bytes = bytesFreedBy(paths, passed);
    if (!dryRun && !(await removeFrom(store, digests, (condemn) => condemn(paths)))) continue;
    removed.push(digest);
    freedBytes += bytes;
    excess -= bytes;
    folders.forget(digests);
  }
  return { removed, freedBytes };
}

/** What a cache holds, as far as a sweep has to know. */
interface Survey {
  /** Used longest ago first. */
  readonly candidates: readonly Candidate[];
  readonly folders: ViewFolders;
}

async function survey(store: Store): Promise<Survey> {
  const folders = await listFolders(store);
  const artifacts = (await entriesOf(store, folders)).map(({ digest, lastUsedAt: usedAt = 0 }) => ({
    digest,
    usedAt,
  }));
  const candidates = [...artifacts, ...(await listLoose(store, folders))];
  return { candidates: candidates.toSorted((a, b) => a.usedAt - b.usedAt), folders: indexFolders(folders) };
}

/** The blobs that belong to no artifact. */
async function listLoose(store: Store, folders: readonly ViewFolder[]): Promise<readonly Candidate[]> {
  const shown = folders.flatMap(({ digest, metadata }) => [digest, metadata?.contentDigest ?? digest]);
  const needed = await reachableFrom(store, shown);
  const loose = (await listBlobs(store)).filter((digest) => !needed.has(digest));
  return inTurns(loose, (digest) => ({
    digest,
    usedAt: (statsAt(store.memo(digest)) ?? statsAt(store.blob(digest)))?.mtimeMs ?? 0,
  }));
}
