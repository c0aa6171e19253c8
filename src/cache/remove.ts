import { lstat, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isComponentManifest } from "../core/index.ts";
import { dropBlob, readManifest } from "./blobs.ts";
import { ifPresent } from "./io-errors.ts";
import { listFolders, type ViewFolder } from "./list.ts";
import type { Store } from "./store.ts";

/**
 * Removes artifacts. A manifest's digest takes its entry, and the content when nothing else shows it; an index's
 * digest takes what it lists; a content's digest takes everything that shows it. Unknown digests are passed over.
 */
export async function removeEntries(store: Store, digests: readonly Digest[]): Promise<void> {
  const folders = await listFolders(store);
  const doomed = new Set(digests);
  // The set grows while it is walked: an index may list indexes.
  for (const digest of doomed) {
    const manifest = (await readManifest(store, digest))?.manifest;
    if (manifest?.kind === "index") for (const entry of manifest.manifests) doomed.add(entry.digest);
    for (const folder of folders) if (folder.metadata?.contentDigest === digest) doomed.add(folder.digest);
  }
  for (const content of orphans(folders, doomed)) doomed.add(content);
  const companions: Digest[] = [];
  for (const digest of doomed) companions.push(...(await dropEntry(store, digest)));
  for (const companion of companions) {
    const blob = await ifPresent(lstat(store.blob(companion)));
    if (blob?.nlink === 1) await dropBlob(store, companion);
  }
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

/** Drops one folder and blob. Returns the component manifests that went with it: other folders may show them too. */
async function dropEntry(store: Store, digest: Digest): Promise<readonly Digest[]> {
  const manifest = (await readManifest(store, digest))?.manifest;
  await dropView(store, digest);
  await dropBlob(store, digest);
  const companions = manifest?.kind === "image" ? manifest.layers.filter(isComponentManifest) : [];
  return companions.map((companion) => companion.digest);
}

/** Moves the folder of `digest` away in one step, then deletes it. */
export async function dropView(store: Store, digest: Digest): Promise<void> {
  if ((await ifPresent(lstat(store.view(digest)))) === undefined) return;
  await mkdir(store.trash, { recursive: true });
  const condemned = join(store.trash, crypto.randomUUID());
  await ifPresent(rename(store.view(digest), condemned));
  await rm(condemned, { recursive: true, force: true });
}
