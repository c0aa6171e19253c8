import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestFromHex } from "../core/index.ts";
import { ifPresent } from "./io-errors.ts";
import { contentNames, type Metadata, viewNames } from "./metadata.ts";
import type { Store } from "./store.ts";
import { readMetadata } from "./views.ts";

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

/** How many folders are looked at together. */
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
  const entries: CacheEntry[] = [];
  for (let i = 0; i < shown.length; i += batchSize) {
    const batch = shown.slice(i, i + batchSize);
    const described = await Promise.all(batch.map((folder) => describeFolder(store, folder)));
    entries.push(...described.filter((entry) => entry !== undefined));
  }
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
  const folders: ViewFolder[] = [];
  for (let i = 0; i < digests.length; i += batchSize) {
    const batch = digests.slice(i, i + batchSize);
    folders.push(
      ...(await Promise.all(
        batch.map(async (digest) => ({ digest, metadata: await readMetadata(store, digest) })),
      )),
    );
  }
  return folders;
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

/** What there is to say of a folder; `undefined` of one that shows no artifact. */
async function describeFolder(
  store: Store,
  { digest, metadata }: ViewFolder,
): Promise<CacheEntry | undefined> {
  const folder = store.view(digest);
  const [names = [], file, used] = await Promise.all([
    ifPresent(readdir(folder)),
    metadata === undefined ? ifPresent(stat(join(folder, viewNames.component))) : undefined,
    ifPresent(lstat(store.memo(metadata?.contentDigest ?? digest))),
  ]);
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
