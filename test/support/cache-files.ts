import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, hexOf } from "../../src/core/index.ts";
import { contentFrom } from "./registry-store.ts";

/** The folder that shows an artifact to other programs, or a file in it. */
export function viewOf(root: string, digest: Digest, name = ""): string {
  return join(root, hexOf(digest), name);
}

/** The store's own file of a digest. */
export function blobOf(root: string, digest: Digest): string {
  const hex = hexOf(digest);
  return join(root, ".store/v1/blobs/sha256", hex.slice(0, 2), hex);
}

/** The note on which files of a digest hashed right. */
export function memoOf(root: string, digest: Digest): string {
  const hex = hexOf(digest);
  return join(root, ".store/v1/used", hex.slice(0, 2), hex);
}

/** The paths of all files and links below a folder, relative to it, in order; none when it is not there. */
export async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

/** Names of the view folders below a cache's root. */
export async function viewFolders(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).toSorted();
}

/** What an operation that failed may not leave behind: view folders, and files in the making. */
export async function leftovers(root: string): Promise<readonly string[]> {
  return [...(await viewFolders(root)), ...(await filesBelow(join(root, ".store/v1/ingest")))];
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return contentFrom(Buffer.from(bytes), "").digest;
}

/** A JSON file. */
export async function readJsonFile(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"));
}
