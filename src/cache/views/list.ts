import { readdirSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestFromHex } from "../../core/index.ts";
import { inTurns } from "../files/in-turns.ts";
import { ifPresent, ifPresentSync } from "../files/io-errors.ts";
import { contentNames, type Metadata, parseMetadata, viewNames } from "./metadata.ts";
import { readJsonSync, statsAt } from "../files/read-file.ts";
import { pathOf, type Store } from "../store.ts";

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

/** Each artifact once, by digest. A content's own folder counts only when no manifest's folder shows that content. */
export async function listEntries(store: Store): Promise<readonly CacheEntry[]> {
  return entriesOf(store, await readFolders(store, { skipsShown: true }));
}

/** The entries of {@link listEntries} that these folders are. */
export async function entriesOf(
  store: Store,
  folders: readonly ViewFolder[],
): Promise<readonly CacheEntry[]> {
  const contents = new Set(folders.filter(isManifests).map(({ metadata }) => metadata?.contentDigest));
  const shown = folders.filter((folder) => isManifests(folder) || !contents.has(folder.digest));
  const described = await inTurns(shown, (folder) => describeFolder(store, folder));
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
  return readFolders(store, { skipsShown: false });
}

/** Where `skipsShown`, the folders of contents are passed over that are known by then to be shown by a manifest's. */
async function readFolders(
  store: Store,
  { skipsShown }: { readonly skipsShown: boolean },
): Promise<readonly ViewFolder[]> {
  const shown = new Set<Digest>();
  const folders = await inTurns(await listShown(store), (digest) => {
    if (skipsShown && shown.has(digest)) return undefined;
    const folder = readFolder(store, digest);
    if (isManifests(folder) && folder.metadata?.contentDigest !== undefined)
      shown.add(folder.metadata.contentDigest);
    return folder;
  });
  return folders.filter((folder) => folder !== undefined);
}

/** Whether a folder is that of the manifest which its metadata.json names. */
export function isManifests({ digest, metadata }: ViewFolder): boolean {
  return metadata?.manifestDigest === digest;
}

/** The digests that name folders of the root. */
export async function listShown(store: Store): Promise<readonly Digest[]> {
  const isThere = (await ifPresent(stat(store.root))) !== undefined;
  const names = isThere ? await readdir(store.root, { withFileTypes: true }) : [];
  return names
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => digestFromHex(name))
    .filter((digest) => digest !== undefined);
}

/** What the folder of a digest says. */
export function readFolder(store: Store, digest: Digest): ViewFolder {
  const value = readJsonSync(pathOf(store.view(digest), viewNames.metadata));
  return { digest, metadata: value === undefined ? undefined : parseMetadata(value) };
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
function describeFolder(store: Store, { digest, metadata }: ViewFolder): CacheEntry | undefined {
  const folder = store.view(digest);
  const lastUsedAt = statsAt(store.memo(metadata?.contentDigest ?? digest))?.mtimeMs;
  if (metadata === undefined) {
    const names = ifPresentSync(() => readdirSync(folder)) ?? [];
    if (!names.some((name) => contentNames.has(name))) return undefined;
    const file = ifPresentSync(() => statSync(join(folder, viewNames.component)));
    return {
      digest,
      contentDigest: undefined,
      kind: names.includes(viewNames.pack) ? "pack" : "component",
      sizeBytes: file?.size ?? 0,
      mediaType: undefined,
      reference: undefined,
      fetchedAt: undefined,
      lastUsedAt,
    };
  }
  const { contentDigest, sizeBytes, mediaType, originalReference: reference } = metadata;
  const fetchedAt = metadata.fetchedAtUnixSeconds * 1000;
  return {
    digest,
    contentDigest,
    // One look, where to read the folder would take five.
    kind: statsAt(pathOf(folder, viewNames.pack)) === undefined ? "component" : "pack",
    sizeBytes,
    mediaType,
    reference,
    fetchedAt,
    lastUsedAt: lastUsedAt ?? fetchedAt,
  };
}
