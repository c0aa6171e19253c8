import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, inParallel, isDigest, throwIfAborted } from "../core/index.ts";
import { createCheck } from "./hashing/create-check.ts";
import { faultOfView } from "./views/fault-of-view.ts";
import { createTurns } from "./files/in-turns.ts";
import { ifPresent, ifWritable } from "./files/io-errors.ts";
import { readJsonSync } from "./files/read-file.ts";
import { readManifestSync } from "./read-manifest-sync.ts";
import { moveAside } from "./files/replace-file.ts";
import { hashFile } from "./hashing/hash-file.ts";
import { listBlobs, listShown, readFolder } from "./views/list.ts";
import { prepareStore } from "./publishing/prepare.ts";
import { removeFrom } from "./removal/removal.ts";
import type { Store } from "./store.ts";

/** A file of the cache that is not what it should be. */
export interface BadFile {
  readonly path: string;
  /** Of the store, or of the folder in which other programs see an artifact. */
  readonly place: "store" | "view";
  /** The name of the blob, or of the folder. */
  readonly digest: Digest;
  readonly expected: Digest;
  /** `undefined` when no regular file is there. */
  readonly actual: Digest | undefined;
  /** Where it came from, as far as that was noted. */
  readonly origin: Origin | undefined;
}

/** The reference that something was fetched by, and the manifest or index that this meant. */
export interface Origin {
  readonly reference: string;
  readonly digest: Digest;
}

/** How {@link verifyStore} runs. */
export interface VerifyStoreOptions {
  readonly signal: AbortSignal | undefined;
  /** Called after each blob and folder with how many of how many were looked at. */
  readonly onProgress: (checked: number, total: number) => void;
}

type Found = Omit<BadFile, "origin">;

/** What {@link verifyStore} found. */
export interface Verification {
  /** How many blobs and folders were looked at. */
  readonly checked: number;
  readonly bad: readonly BadFile[];
}

/**
 * Hashes every blob and every file in view, whatever was noted of them. What is bad goes to the quarantine: a blob, or
 * the whole folder that shows the file. Where the cache cannot be written, it stays. What other programs laid out is
 * not judged ({@link faultOfView}).
 * @throws {DistError} ABORTED
 */
export async function verifyStore(
  store: Store,
  { signal, onProgress }: VerifyStoreOptions,
): Promise<Verification> {
  const isGood = createCheck(async (path, digest) => (await hashFile(path, signal)) === digest);
  const [folders, blobs] = [await listShown(store), await listBlobs(store)];
  const next = createTurns();
  const total = folders.length + blobs.length;
  let checked = 0;
  const counting =
    <I>(check: (item: I) => Promise<Found | undefined>) =>
    async (item: I): Promise<Found | undefined> => {
      await next();
      throwIfAborted(signal);
      const found = await check(item);
      checked += 1;
      onProgress(checked, total);
      return found;
    };
  const badViews = await inParallel(
    folders,
    counting(async (digest: Digest) => {
      const fault = await faultOfView(store, readFolder(store, digest), isGood);
      if (fault === undefined) return undefined;
      return { ...fault, place: "view", digest, actual: await hashFile(fault.path, signal) };
    }),
  );
  const badBlobs = await inParallel(
    blobs,
    counting(async (digest: Digest) => {
      const path = store.blob(digest);
      if (await isGood(path, digest)) return undefined;
      return { path, place: "store", digest, expected: digest, actual: await hashFile(path, signal) };
    }),
  );
  const found = [...badViews, ...badBlobs].filter((one) => one !== undefined);
  // Read only now: manifests that are bad say nothing of where anything came from.
  const origins = found.length === 0 ? new Map<Digest, Origin>() : await originsOf(store, folders);
  const certain: BadFile[] = [];
  for (const one of found) {
    const file: BadFile = { ...one, origin: origins.get(one.digest) };
    if (await putAside(store, file, signal)) certain.push(file);
  }
  return { checked: total, bad: certain };
}

/**
 * Puts a bad file aside, or the folder that shows it, unless somebody has a lease on it, who verifies or mends it then.
 * Whether it was bad: what was put in place or removed while it was looked at is not.
 */
async function putAside(store: Store, file: BadFile, signal: AbortSignal | undefined): Promise<boolean> {
  const { place, digest, path, expected, actual } = file;
  const target = place === "view" ? store.view(digest) : store.blob(digest);
  const isBad = async (): Promise<boolean> =>
    (await ifPresent(lstat(target))) !== undefined && (await hashFile(path, signal)) !== expected;
  let isGone = false;
  const isWritable = await ifWritable(async () => {
    await prepareStore(store);
    isGone = await removeFrom(store, [digest], () => moveAside(store, target), isBad);
  });
  if (isGone) return true;
  const isInTheMaking = isWritable && actual === undefined;
  return !isInTheMaking && isBad();
}

/** Where to fetch things again, by digest: folders and what their manifests list, and what references meant. */
async function originsOf(store: Store, folders: readonly Digest[]): Promise<ReadonlyMap<Digest, Origin>> {
  const origins = new Map<Digest, Origin>();
  const next = createTurns();
  for (const name of (await ifPresent(readdir(store.refs))) ?? []) {
    await next();
    const { reference, digest } = readJsonSync(join(store.refs, name)) ?? {};
    if (typeof reference !== "string" || typeof digest !== "string" || !isDigest(digest)) continue;
    origins.set(digest, { reference, digest });
  }
  for (const folder of folders) {
    await next();
    const { metadata } = readFolder(store, folder);
    const digest = metadata?.manifestDigest;
    if (metadata === undefined || digest === undefined) continue;
    const origin = { reference: metadata.originalReference, digest };
    const manifest = readManifestSync(store, digest);
    const layers = manifest?.kind === "image" ? manifest.layers.map((layer) => layer.digest) : [];
    for (const one of [folder, digest, ...layers]) origins.set(one, origin);
  }
  return origins;
}
