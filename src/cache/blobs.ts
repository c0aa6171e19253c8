import { join } from "node:path";
import {
  type Digest,
  isDistError,
  limits,
  type Manifest,
  type ManifestDocument,
  parseManifest,
} from "../core/index.ts";
import { ifPresent, ifWritable } from "./files/io-errors.ts";
import { readdir, stat } from "./files/quick-fs.ts";
import { openRegular, statsAt } from "./files/read-file.ts";
import { isUnchanged, isWhole, isWholeHandle } from "./hashing/hash-file.ts";
import { isKnownAt } from "./hashing/memo.ts";
import { contentNames } from "./views/metadata.ts";
import type { Blob, Store } from "./store.ts";
import { linkTarget } from "./views/views.ts";

/** The manifest or index that the store holds whole under `digest`; `undefined` for anything else. */
export async function readManifest(store: Store, digest: Digest): Promise<ManifestDocument | undefined> {
  const read = store.manifests.get(digest);
  if (read !== undefined && (await isKnownAt(store, digest, store.blob(digest)))) return read;
  const bytes = await readJsonBlob(store, digest);
  const manifest = bytes === undefined ? undefined : manifestOf(bytes);
  if (bytes === undefined || manifest === undefined) return undefined;
  const document = { digest, bytes, manifest };
  if (store.manifests.size >= maxManifests) store.manifests.clear();
  if (bytes.length <= maxKeptBytes) store.manifests.set(digest, document);
  return document;
}

/** How many manifests a process keeps, and up to how many bytes each. */
const maxManifests = 256;
const maxKeptBytes = 64 * 1024;

async function readJsonBlob(store: Store, digest: Digest): Promise<Uint8Array | undefined> {
  const handle = await openRegular(store.blob(digest));
  if (handle === undefined) return undefined;
  try {
    const before = await handle.statExactly();
    if (before.size > limits.manifestBytes) return undefined;
    const first = Buffer.alloc(1);
    await handle.read(first, 0, 1, 0);
    if (first.toString() !== "{" || !(await isWholeHandle(store, handle, before, digest))) return undefined;
    const bytes = await handle.readAll();
    if (await isUnchanged(handle, before)) return bytes;
    const { verifyBytes } = await import("../verify/index.ts");
    const measured = verifyBytes(bytes, { reference: digest, maxBytes: bytes.length });
    return measured.digest === digest ? bytes : undefined;
  } finally {
    await handle.close();
  }
}

/** The manifest that these bytes are; `undefined` when they are none. */
export function manifestOf(bytes: Uint8Array): Manifest | undefined {
  try {
    return parseManifest(bytes);
  } catch (error) {
    if (isDistError(error, "UNUSABLE_ARTIFACT") || isDistError(error, "MEDIA_TYPE_MISMATCH"))
      return undefined;
    throw error;
  }
}

/**
 * The store's file of `digest`, verified. When the store has none, or a bad one, the same bytes are taken over from
 * where they lie in view: under their own digest, or `alsoUnder` a manifest's, in our layout or the Rust tool's. In a
 * cache that cannot be written they are served from there.
 */
export async function locateBlob(
  store: Store,
  digest: Digest,
  alsoUnder: readonly Digest[],
): Promise<Blob | undefined> {
  const path = store.blob(digest);
  if (await isWhole(store, path, digest)) return blobAt(path, digest);
  for (const place of await placesOf(store, [digest, ...alsoUnder])) {
    if (await isWhole(store, place, digest)) {
      const { adopt } = await import("./publishing/publish.ts");
      const isOurs = await ifWritable(() => adopt(store, place, digest));
      return blobAt(isOurs ? path : place, digest);
    }
  }
  return undefined;
}

async function blobAt(path: string, digest: Digest): Promise<Blob> {
  return { digest, size: (await stat(path)).size, path };
}

/** Where other programs may have laid out what lies in these folders; most folders are not there at all. */
export async function placesOf(store: Store, folders: readonly Digest[]): Promise<readonly string[]> {
  const places = await Promise.all(
    folders.map(async (folder) => {
      const view = store.view(folder);
      const names = statsAt(view) === undefined ? [] : ((await ifPresent(readdir(view))) ?? []);
      const files = names.filter((name) => contentNames.has(name)).map((name) => join(view, name));
      const targets = await Promise.all(files.map(linkTarget));
      return [...files, ...targets.filter((target) => target !== undefined), store.rustBlob(folder)];
    }),
  );
  return places.flat();
}
