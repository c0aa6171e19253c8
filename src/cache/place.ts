import { join } from "node:path";
import type { Digest } from "../core/index.ts";
import { duplicateFile, linkSymbolically } from "./duplicate-file.ts";
import { ifPresent } from "./io-errors.ts";
import { claimFolder, renameOver, replaceJson } from "./replace-file.ts";
import { isWhole } from "./hash-file.ts";
import { type Ingest, openIngest } from "./ingest.ts";
import { isNeutral, type Metadata, printBlobMetadata, printMetadata, viewNames } from "./metadata.ts";
import { rm, stat } from "./quick-fs.ts";
import type { Store } from "./store.ts";
import { type Artifact, readMetadata } from "./views.ts";

/**
 * Shows an artifact in the folder of its manifest, if it has one, and in that of its content. Every file is put in
 * place at once and the content last, so that who sees it sees all.
 */
export async function placeViews(store: Store, artifact: Artifact): Promise<void> {
  await using ingest = await openIngest(store);
  const { manifestDigest } = artifact.metadata;
  if (manifestDigest !== undefined) await placeView(store, ingest, manifestDigest, artifact);
  await placeView(store, ingest, artifact.content, await sharedView(store, artifact));
  const shown = await readMetadata(store, artifact.content);
  if (shown !== undefined && (await isMixed(store, artifact, shown))) {
    await placeView(store, ingest, artifact.content, await neutralView(store, artifact, shown));
  }
}

async function placeView(store: Store, ingest: Ingest, digest: Digest, artifact: Artifact): Promise<void> {
  const { content, fileName, componentManifest, wasmName, metadata } = artifact;
  const folder = store.view(digest);
  await claimFolder(store, folder);
  if (componentManifest !== undefined && componentManifest !== content) {
    await place(store, ingest, componentManifest, join(folder, viewNames.componentManifest));
  }
  const print = fileName === viewNames.blob ? printBlobMetadata : printMetadata;
  await replaceJson(store, join(folder, viewNames.metadata), print(metadata));
  const path = join(folder, fileName);
  if (wasmName === undefined) {
    await place(store, ingest, content, path);
  } else {
    await place(store, ingest, content, join(folder, wasmName));
    const link = ingest.path(crypto.randomUUID());
    if (await linkSymbolically(wasmName, link)) await renameOver(store, link, path);
    else await place(store, ingest, content, path);
  }
}

async function place(store: Store, ingest: Ingest, blob: Digest, path: string): Promise<void> {
  const file = ingest.path(crypto.randomUUID());
  await duplicateFile(store.blob(blob), file);
  await renameOver(store, file, path);
}

/**
 * What the content's own folder is to show: the artifact, unless it shows the same content with another component
 * manifest already. Then it names neither, for no one could say which was meant.
 */
async function sharedView(store: Store, artifact: Artifact): Promise<Artifact> {
  const { content, metadata } = artifact;
  const shown = await readMetadata(store, content);
  if (shown === undefined || shown.contentDigest !== content) return artifact;
  if (metadata.manifestDigest === undefined) {
    return { ...artifact, wasmName: shown.manifestWasmName, metadata: shown };
  }
  if (!isNeutral(shown) && (await hasSameCompanion(store, artifact, shown))) return artifact;
  return neutralView(store, artifact, shown);
}

async function hasSameCompanion(store: Store, artifact: Artifact, shown: Metadata): Promise<boolean> {
  if (shown.manifestDigest === undefined || shown.manifestDigest === artifact.metadata.manifestDigest)
    return true;
  return showsCompanion(store, artifact.content, artifact.componentManifest);
}

/**
 * Whether calls that showed one content at once, for several manifests, got their files mixed up. Each looks after it
 * wrote, and only at what it may have spoilt: whoever wrote last sees all.
 */
async function isMixed(store: Store, artifact: Artifact, shown: Metadata): Promise<boolean> {
  const { content, fileName, componentManifest, metadata } = artifact;
  if (metadata.manifestDigest === undefined || componentManifest === content) return false;
  if ((await ifPresent(stat(join(store.view(content), fileName)))) === undefined) return true;
  if (isNeutral(shown)) return !(await showsCompanion(store, content, undefined));
  const isOurs = shown.manifestDigest === metadata.manifestDigest;
  return isOurs && !(await showsCompanion(store, content, componentManifest));
}

/** Whether the folder of a content shows this component manifest, or none. */
async function showsCompanion(
  store: Store,
  content: Digest,
  componentManifest: Digest | undefined,
): Promise<boolean> {
  const path = join(store.view(content), viewNames.componentManifest);
  return componentManifest === undefined
    ? (await ifPresent(stat(path))) === undefined
    : isWhole(store, path, componentManifest);
}

/** Takes everything but the content out of its folder; before that the content gets a file that is no link. */
async function neutralView(store: Store, artifact: Artifact, shown: Metadata): Promise<Artifact> {
  const { content, fileName, metadata } = artifact;
  const folder = store.view(content);
  await using ingest = await openIngest(store);
  await place(store, ingest, content, join(folder, fileName));
  await rm(join(folder, viewNames.componentManifest), { force: true });
  if (shown.manifestWasmName !== undefined) await rm(join(folder, shown.manifestWasmName), { force: true });
  return {
    content,
    fileName,
    componentManifest: undefined,
    wasmName: undefined,
    metadata: {
      ...metadata,
      originalReference: content,
      resolvedDigest: content,
      manifestDigest: undefined,
      manifestWasmName: undefined,
    },
  };
}
