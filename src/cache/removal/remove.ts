import { join } from "node:path";
import { type Digest, DistError, isComponentManifest } from "../../core/index.ts";
import { listFolders } from "../views/list.ts";
import { viewNames } from "../views/metadata.ts";
import { statsAt } from "../files/read-file.ts";
import { readManifestSync } from "../read-manifest-sync.ts";
import { removeFrom } from "./removal.ts";
import type { Store } from "../store.ts";
import { indexFolders, type ViewFolders } from "../views/view-folders.ts";

/**
 * Removes artifacts. A manifest's digest takes its entry, and the content when nothing else shows it; an index's
 * digest takes what it lists; a content's digest takes everything that shows it. Unknown digests are passed over.
 * @throws {DistError} IO when somebody has a lease on something of it; nothing is removed then
 */
export async function removeEntries(store: Store, digests: readonly Digest[]): Promise<void> {
  const folders = indexFolders(await listFolders(store));
  const { digests: doomed, paths } = planRemoval(store, folders, digests);
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
export function planRemoval(store: Store, folders: ViewFolders, digests: readonly Digest[]): Removal {
  const doomed = new Set(digests);
  // The set grows while it is walked: an index may list indexes.
  for (const digest of doomed) {
    const manifest = readManifestSync(store, digest);
    if (manifest?.kind === "index") for (const entry of manifest.manifests) doomed.add(entry.digest);
    for (const folder of folders.showing(digest)) doomed.add(folder);
  }
  for (const content of orphans(folders, doomed)) doomed.add(content);
  for (const companion of [...doomed].flatMap((digest) => companionsOf(store, digest))) {
    if (!isShownElsewhere(store, companion, doomed)) doomed.add(companion);
  }
  const paths = [...doomed].flatMap((digest) => [store.view(digest), store.blob(digest), store.memo(digest)]);
  return { digests: doomed, paths: paths.filter((path) => statsAt(path) !== undefined) };
}

/** The contents of doomed manifests that no other manifest's folder shows. */
function orphans(folders: ViewFolders, doomed: ReadonlySet<Digest>): readonly Digest[] {
  const isKept = (content: Digest): boolean =>
    [...folders.showing(content)].some((one) => !doomed.has(one) && folders.shownBy(one) !== undefined);
  return [...doomed]
    .map(folders.shownBy)
    .filter((content) => content !== undefined)
    .filter((content) => !isKept(content));
}

/** The component manifests that a manifest lists. */
function companionsOf(store: Store, digest: Digest): readonly Digest[] {
  const manifest = readManifestSync(store, digest);
  const layers = manifest?.kind === "image" ? manifest.layers.filter(isComponentManifest) : [];
  return layers.map((layer) => layer.digest);
}

/** Whether the blob of a component manifest has names in other folders than those of doomed digests. */
function isShownElsewhere(store: Store, companion: Digest, doomed: ReadonlySet<Digest>): boolean {
  const blob = statsAt(store.blob(companion));
  if (blob === undefined) return false;
  const links = [...doomed].map((digest) => statsAt(join(store.view(digest), viewNames.componentManifest)));
  return blob.nlink > 1 + links.filter((link) => link?.ino === blob.ino && link.dev === blob.dev).length;
}
