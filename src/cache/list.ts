import { lstatSync, readdirSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Digest, digestFromHex } from "../core/index.ts";
import { ifPresent, isAbsent } from "./io-errors.ts";
import { contentNames, type Metadata, parseMetadata, viewNames } from "./metadata.ts";
import { readJsonSync } from "./read-file.ts";
import type { Store } from "./store.ts";

/** One artifact in the cache, as its folder shows it; nothing is hashed to list it. */
export interface CacheEntry {
  /** The name of the folder that shows it: of its manifest, or of its content when it has none. */
  readonly digest: Digest;
  /** `undefined` where another program laid the entry out and did not say. */
  readonly contentDigest: Digest | undefined;
  readonly kind: "component" | "pack";
  readonly sizeBytes: number;
  readonly mediaType: string | undefined;
  /** The reference that it was fetched by, without userinfo and query. */
  readonly reference: string | undefined;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number | undefined;
  /** Milliseconds since 1970; renewed at most every ten minutes. */
  readonly lastUsedAt: number | undefined;
}

/** How many folders are looked at before others have their turn. */
const batchSize = 64;

/** Each artifact once, by digest. A content's own folder counts only when no manifest's folder shows that content. */
export async function listEntries(store: Store): Promise<readonly CacheEntry[]> {
  const folders = await listFolders(store);
  const contents = new Set(
    folders
      .filter(({ digest, metadata }) => metadata?.manifestDigest === digest)
      .map(({ metadata }) => metadata?.contentDigest),
  );
  const shown = folders.filter(
    ({ digest, metadata }) => metadata?.manifestDigest === digest || !contents.has(digest),
  );
  const described = await inBatches(shown, (folder) => describeFolder(store, folder));
  const entries = described.filter((entry) => entry !== undefined);
  return entries.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** A folder named by a digest, and what its metadata.json says, if there is one. */
export interface ViewFolder {
  readonly digest: Digest;
  readonly metadata: Metadata | undefined;
}

/** All folders of the root that are named by a digest; anything else there is none of our business. */
export async function listFolders(store: Store): Promise<readonly ViewFolder[]> {
  const isThere = (await ifPresent(stat(store.root))) !== undefined;
  const names = isThere ? await readdir(store.root, { withFileTypes: true }) : [];
  const digests = names
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => digestFromHex(name))
    .filter((digest) => digest !== undefined);
  return inBatches(digests, (digest) => ({ digest, metadata: readMetadataSync(store, digest) }));
}

/**
 * Does `work`, which reads a few small things, for each item. To read each of tens of thousands in a thread of its own
 * takes ten times as long as to read it at once.
 */
async function inBatches<I, T>(items: readonly I[], work: (item: I) => T): Promise<readonly T[]> {
  const results: T[] = [];
  for (const item of items) {
    if (results.length % batchSize === 0) await setImmediate();
    results.push(work(item));
  }
  return results;
}

/** What `work` returns, or `undefined` when its file is not there. */
function ifPresentSync<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The digests of all blobs in the store, by their names. */
export async function listBlobs(store: Store): Promise<readonly Digest[]> {
  const names = await ifPresent(readdir(store.blobs, { recursive: true, withFileTypes: true }));
  return (names ?? [])
    .filter((entry) => !entry.isDirectory())
    .flatMap(({ name, parentPath }) => {
      const digest = digestFromHex(name);
      return digest !== undefined && store.blob(digest) === join(parentPath, name) ? [digest] : [];
    });
}

function readMetadataSync(store: Store, digest: Digest): Metadata | undefined {
  const value = ifPresentSync(() => readJsonSync(join(store.view(digest), viewNames.metadata)));
  return value === undefined ? undefined : parseMetadata(value);
}

/** What there is to say of a folder; `undefined` of one that shows no artifact. */
function describeFolder(store: Store, { digest, metadata }: ViewFolder): CacheEntry | undefined {
  const folder = store.view(digest);
  const names = ifPresentSync(() => readdirSync(folder)) ?? [];
  const file =
    metadata === undefined ? ifPresentSync(() => statSync(join(folder, viewNames.component))) : undefined;
  const used = ifPresentSync(() => lstatSync(store.memo(metadata?.contentDigest ?? digest)));
  if (metadata === undefined && !names.some((name) => contentNames.has(name))) return undefined;
  const fetchedAt = metadata === undefined ? undefined : metadata.fetchedAtUnixSeconds * 1000;
  return {
    digest,
    contentDigest: metadata?.contentDigest,
    kind: names.includes(viewNames.pack) ? "pack" : "component",
    sizeBytes: metadata?.sizeBytes ?? file?.size ?? 0,
    mediaType: metadata?.mediaType,
    reference: metadata?.originalReference,
    fetchedAt,
    lastUsedAt: used?.mtimeMs ?? fetchedAt,
  };
}
