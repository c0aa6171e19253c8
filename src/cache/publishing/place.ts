import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { type Digest, errnoOf } from "../../core/index.ts";
import { copyWhole, duplicateFile, linkFile, linkSymbolically, shareFile } from "../files/duplicate-file.ts";
import { ifPresent } from "../files/io-errors.ts";
import { claimFolder, printJson, renameOver } from "../files/replace-file.ts";
import { isWhole } from "../hashing/hash-file.ts";
import { openIngest, ownerName } from "./ingest.ts";
import { isNeutral, type Metadata, printBlobMetadata, printMetadata, viewNames } from "../views/metadata.ts";
import { describeOwner } from "../owner.ts";
import { prepareStore } from "./prepare.ts";
import { mkdir, rename, rm, rmTree, stat, writeFile } from "../files/quick-fs.ts";
import type { Store } from "../store.ts";
import { type Artifact, readMetadata } from "../views/views.ts";

/**
 * Shows an artifact in the folder of its manifest, if it has one, and in that of its content. A folder that is not there
 * yet appears whole; in another one every file is put in place at once and the content last, so that who sees it sees all.
 */
export async function placeViews(store: Store, artifact: Artifact): Promise<void> {
  const { manifestDigest } = artifact.metadata;
  const isFirst = manifestDigest !== undefined && (await placeView(store, manifestDigest, artifact));
  const shared = await sharedView(store, artifact);
  // One file in both: on some file systems a new one costs more than all else that is done here.
  const like = isFirst && shared === artifact ? store.view(manifestDigest) : undefined;
  const isNew = await placeView(store, artifact.content, shared, like);
  const shown = isNew ? undefined : await readMetadata(store, artifact.content);
  if (shown !== undefined && (await isMixed(store, artifact, shown))) {
    await placeView(store, artifact.content, await neutralView(store, artifact, shown));
  }
}

/**
 * Shows an artifact in one folder. Whether that appeared whole, with nothing in it that others put there.
 * @param like a folder that shows the same, and may share its metadata
 */
async function placeView(store: Store, digest: Digest, artifact: Artifact, like?: string): Promise<boolean> {
  const folder = store.view(digest);
  const draft = join(store.ingest, randomUUID());
  await prepareStore(store);
  try {
    const names = await makeView(store, draft, artifact, like);
    if (await moveWhole(draft, folder)) return true;
    await claimFolder(store, folder);
    for (const name of names) await renameOver(store, join(draft, name), join(folder, name));
  } catch (error) {
    await rmTree(draft);
    throw error;
  }
  await rmTree(draft);
  return false;
}

/** Makes a folder as it is to be shown. Returns the names of its files, the content last. */
async function makeView(
  store: Store,
  folder: string,
  artifact: Artifact,
  like: string | undefined,
): Promise<readonly string[]> {
  const { content, fileName, componentManifest, wasmName, metadata } = artifact;
  await mkdir(folder);
  const note = join(folder, viewNames.metadata);
  if (like === undefined || (await ifPresent(linkFile(join(like, viewNames.metadata), note))) !== true) {
    const print = fileName === viewNames.blob ? printBlobMetadata : printMetadata;
    await writeFile(note, printJson(print(metadata)), { flag: "wx", mode: 0o644 });
  }
  const hasCompanion = componentManifest !== undefined && componentManifest !== content;
  if (hasCompanion) await put(store, componentManifest, join(folder, viewNames.componentManifest));
  if (wasmName !== undefined) await put(store, content, join(folder, wasmName));
  const path = join(folder, fileName);
  if (wasmName === undefined || !(await linkSymbolically(wasmName, path))) await put(store, content, path);
  return [
    ...(hasCompanion ? [viewNames.componentManifest] : []),
    viewNames.metadata,
    ...(wasmName === undefined ? [] : [wasmName]),
    fileName,
  ];
}

/** Puts a blob into a folder in the making. */
async function put(store: Store, blob: Digest, path: string): Promise<void> {
  const source = store.blob(blob);
  if (await shareFile(source, path)) return;
  // A copy takes room: others are to know when nobody makes it any more.
  const info = join(dirname(path), ownerName);
  await writeFile(info, JSON.stringify(await describeOwner()));
  await copyWhole(source, path);
  await rm(info);
}

/** Gives a folder its name; `false` when that is taken. */
async function moveWhole(draft: string, folder: string): Promise<boolean> {
  try {
    await rename(draft, folder);
    return true;
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
    return false;
  }
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
  await using ingest = await openIngest(store, { size: undefined });
  await duplicateFile(store.blob(content), ingest.path);
  await renameOver(store, ingest.path, join(folder, fileName));
  await rm(join(folder, viewNames.componentManifest));
  if (shown.manifestWasmName !== undefined) await rm(join(folder, shown.manifestWasmName));
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
