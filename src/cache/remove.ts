import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, DistError, isComponentManifest } from "../core/index.ts";
import { readManifest } from "./blobs.ts";
import { ifPresent } from "./io-errors.ts";
import { listFolders, type ViewFolder } from "./list.ts";
import { viewNames } from "./metadata.ts";
import { removeFrom } from "./removal.ts";
import type { Store } from "./store.ts";

/**
 * Removes artifacts. A manifest's digest takes its entry, and the content when nothing else shows it; an index's
 * digest takes what it lists; a content's digest takes everything that shows it. Unknown digests are passed over.
 * @throws {DistError} IO when somebody has a lease on something of it; nothing is removed then
 */
export async function removeEntries(store: Store, digests: readonly Digest[]): Promise<void> {
  const { digests: doomed, paths } = await planRemoval(store, await listFolders(store), digests);
  if (paths.length === 0 || (await removeFrom(store, doomed, (condemn) => condemn(paths)))) return;
  throw new DistError(
    "IO",
    `cannot remove ${digests.join(", ")}: another process, or this one, is using it`,
    { path: store.root, errno: "EBUSY" },
    { hint: "try again when it has ended; nothing was removed" },
  );
}

/** What is to go when something is removed. */
export interface Removal {
  readonly digests: ReadonlySet<Digest>;
  /** Files and folders that are there. */
  readonly paths: readonly string[];
}

/** What {@link removeEntries} would remove of a cache that has these `folders`. */
export async function planRemoval(
  store: Store,
  folders: readonly ViewFolder[],
  digests: readonly Digest[],
): Promise<Removal> {
  const doomed = new Set(digests);
  const companions: Digest[] = [];
  // The set grows while it is walked: an index may list indexes.
  for (const digest of doomed) {
    const manifest = (await readManifest(store, digest))?.manifest;
    if (manifest?.kind === "index") for (const entry of manifest.manifests) doomed.add(entry.digest);
    for (const folder of folders) if (folder.metadata?.contentDigest === digest) doomed.add(folder.digest);
  }
  for (const content of orphans(folders, doomed)) doomed.add(content);
  for (const digest of doomed) {
    const manifest = (await readManifest(store, digest))?.manifest;
    const layers = manifest?.kind === "image" ? manifest.layers.filter(isComponentManifest) : [];
    companions.push(...layers.map((layer) => layer.digest));
  }
  for (const companion of companions) {
    if (!(await isShownElsewhere(store, companion, doomed))) doomed.add(companion);
  }
  const paths = [...doomed].flatMap((digest) => [store.view(digest), store.blob(digest), store.memo(digest)]);
  const found = await Promise.all(paths.map((path) => ifPresent(lstat(path))));
  return { digests: doomed, paths: paths.filter((_, i) => found[i] !== undefined) };
}

/** Whether the blob of a component manifest has names in other folders than those of doomed digests. */
async function isShownElsewhere(
  store: Store,
  companion: Digest,
  doomed: ReadonlySet<Digest>,
): Promise<boolean> {
  const blob = await ifPresent(lstat(store.blob(companion)));
  if (blob === undefined) return false;
  const views = [...doomed].map((digest) => join(store.view(digest), viewNames.componentManifest));
  const links = await Promise.all(views.map((path) => ifPresent(lstat(path))));
  return blob.nlink > 1 + links.filter((link) => link?.ino === blob.ino && link.dev === blob.dev).length;
}

/** The contents of doomed manifests that no other manifest's folder shows. */
function orphans(folders: readonly ViewFolder[], doomed: ReadonlySet<Digest>): readonly Digest[] {
  const ofManifests = folders.filter(({ digest, metadata }) => metadata?.manifestDigest === digest);
  const kept = new Set(ofManifests.filter(({ digest }) => !doomed.has(digest)).map(contentOf));
  return ofManifests
    .filter(({ digest }) => doomed.has(digest))
    .map(contentOf)
    .filter((content) => content !== undefined)
    .filter((content) => !kept.has(content));
}

function contentOf({ metadata }: ViewFolder): Digest | undefined {
  return metadata?.contentDigest;
}
