import { join } from "node:path";
import { isDigest, isJsonObject, type JsonObject } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import { chunksOf } from "../hashing/hash-file.ts";
import { ifPresent, ifWritable } from "../files/io-errors.ts";
import { isOwnerGone } from "../owner.ts";
import { readdir, rmTree } from "../files/quick-fs.ts";
import { openRegular, readJson } from "../files/read-file.ts";
import { keptSuffix, type Store } from "../store.ts";
import type { Unfinished } from "./unfinished.ts";

/** The beginning of bytes, left by a download that did not come to its end. Unverified. */
export interface Leftover extends AsyncDisposable {
  /** In bytes; less than the whole. */
  readonly size: number;
  readonly etag: string | undefined;
  readonly bytes: ByteSource;
  /** Deletes it, when it was used or is of no use. */
  readonly remove: () => Promise<void>;
}

/**
 * The longest that any download of these bytes has left. Only what nobody writes to any more counts: its process has
 * ended for sure, or said that it gave up. Bytes that no digest will judge must also be of this boot, for a power cut
 * may leave holes. Shorter ones are deleted.
 */
export async function findLeftover(
  store: Store,
  { key, size }: Pick<Unfinished, "key" | "size">,
): Promise<Leftover | undefined> {
  let longest: Leftover | undefined;
  for (const name of (await ifPresent(readdir(store.ingest))) ?? []) {
    const found = await openLeftover(join(store.ingest, name), key, size);
    if (found === undefined) continue;
    const [more, less] = found.size > (longest?.size ?? 0) ? [found, longest] : [longest, found];
    longest = more;
    await less?.remove();
    await less?.[Symbol.asyncDispose]();
  }
  return longest;
}

async function openLeftover(folder: string, key: string, size: number): Promise<Leftover | undefined> {
  const info = await readJson(join(folder, "info.json"));
  const unfinished = info?.["unfinished"];
  if (info === undefined || !isJsonObject(unfinished)) return undefined;
  if (unfinished["key"] !== key || unfinished["size"] !== size) return undefined;
  if (!(await isFree(folder, info, isDigest(key)))) return undefined;
  const handle = await openRegular(join(folder, "data"));
  if (handle === undefined) return undefined;
  // What is whole was not checked to its end: its last byte is asked for again, and that there is no more.
  const length = Math.min((await handle.stat()).size, size - 1);
  if (length < 1) {
    await handle.close();
    return undefined;
  }
  const etag = unfinished["etag"];
  return {
    size: length,
    etag: typeof etag === "string" ? etag : undefined,
    bytes: firstOf(chunksOf(handle), length),
    remove: async () => {
      await ifWritable(() => rmTree(folder));
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function isFree(folder: string, owner: JsonObject, hasDigest: boolean): Promise<boolean> {
  const gone = await isOwnerGone(owner);
  return gone === true || (folder.endsWith(keptSuffix) && (hasDigest || gone !== undefined));
}

async function* firstOf(bytes: ByteSource, length: number): ByteSource {
  let left = length;
  for await (const chunk of bytes) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
