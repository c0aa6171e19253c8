import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Digest, isDistError } from "../../src/index.ts";
import { digestOf, filesBelow, viewFolders, viewOf } from "./cache-files.ts";
import { openClient } from "./client.ts";

/** What should be had from a cache by a reference, or not at all. */
export interface Wanted {
  readonly reference: string;
  readonly contentDigest: Digest;
  readonly manifestDigest: Digest;
}

/**
 * What is wrong in a cache, whatever happened to it: a file of the store that does not hash to its name, a view or a
 * note of a reference that leads to anything but the right bytes or a miss, a pull that fails.
 * @param isSpoilt whether files were bad before: then only what is handed out is judged
 */
export async function complaintsAbout(
  root: string,
  wanted: readonly Wanted[],
  isSpoilt = false,
): Promise<readonly string[]> {
  const complaints = isSpoilt ? [] : await badFilesOf(root, wanted);
  await using offline = openClient(root, { offline: true });
  await using online = openClient(root);
  for (const { reference, contentDigest, manifestDigest } of wanted) {
    try {
      const { cachePath } = await offline.client.ensureCached(reference);
      if (digestOf(await readFile(cachePath)) !== contentDigest)
        complaints.push(`${reference}: wrong offline`);
    } catch (error) {
      if (!isDistError(error, "OFFLINE") && !isDistError(error, "NOT_CACHED"))
        complaints.push(`offline: ${String(error)}`);
    }
    try {
      const { cachePath } = await online.client.ensureCached(reference);
      const found = [
        cachePath,
        viewOf(root, manifestDigest, "component.wasm"),
        viewOf(root, contentDigest, "component.wasm"),
      ];
      for (const path of found) {
        if (digestOf(await readFile(path)) !== contentDigest)
          complaints.push(`${path}: wrong after the next pull`);
      }
    } catch (error) {
      complaints.push(`the next pull: ${String(error)}`);
    }
  }
  return complaints;
}

/** Files of the store that do not hash to their name, and of views that show anything but what they should. */
async function badFilesOf(root: string, wanted: readonly Wanted[]): Promise<string[]> {
  const complaints: string[] = [];
  const blobs = join(root, ".store/v1/blobs");
  for (const file of await filesBelow(blobs)) {
    if (digestOf(await readFile(join(blobs, file))) !== `sha256:${basename(file)}`)
      complaints.push(`bad blob ${file}`);
  }
  const right = new Map<string, Digest>(
    wanted.flatMap(({ manifestDigest, contentDigest }) => [
      [manifestDigest, contentDigest],
      [contentDigest, contentDigest],
    ]),
  );
  for (const hex of await viewFolders(root)) {
    const expected = right.get(`sha256:${hex}`);
    if (expected === undefined) continue;
    for (const name of await readdir(join(root, hex))) {
      if (!name.endsWith(".wasm")) continue;
      const bytes = await readFile(join(root, hex, name)).catch(absent);
      if (bytes !== undefined && digestOf(bytes) !== expected) complaints.push(`bad view ${hex}/${name}`);
    }
  }
  return complaints;
}

/** A link to what is not there any more is as good as none. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
