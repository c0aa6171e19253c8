import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Digest, isDigest } from "../core/index.ts";
import { readJson } from "./files/read-file.ts";
import { replaceJson } from "./files/replace-file.ts";
import type { Store } from "./store.ts";
import { prepareStore } from "./publishing/prepare.ts";

/** What a reference that can change its meaning last meant. */
export interface Meaning {
  /** Of a manifest or index for OCI; of the content for https. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** The validator that the server gave with it (RFC 9110, section 8.8.3). */
  readonly etag: string | undefined;
  /** When this was last seen to hold, in milliseconds since 1970. */
  readonly seenAt: number;
}

/** The last moment that a `Date` can be, in seconds since 1970. */
const latestSeconds = 8.64e12;

/**
 * What `canonical` last meant. One file per reference, named by a hash: no text of a reference is ever a path.
 */
export async function recallMeaning(store: Store, canonical: string): Promise<Meaning | undefined> {
  const note = await readJson(pathOf(store, canonical));
  const digest = note?.["digest"];
  const mediaType = note?.["media_type"];
  const etag = note?.["etag"];
  const seenAt = note?.["seen_at_unix_seconds"];
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  if (typeof mediaType !== "string" || typeof seenAt !== "number") return undefined;
  if (Math.abs(seenAt) > latestSeconds) return undefined;
  return {
    digest,
    mediaType,
    etag: typeof etag === "string" ? etag : undefined,
    seenAt: seenAt * 1000,
  };
}

/** Notes what `canonical` means now; `shown` is its text without secrets. */
export async function noteMeaning(
  store: Store,
  canonical: string,
  shown: string,
  { digest, mediaType, etag, seenAt }: Meaning,
): Promise<void> {
  await prepareStore(store);
  await replaceJson(store, pathOf(store, canonical), {
    reference: shown,
    digest,
    media_type: mediaType,
    etag: etag ?? null,
    seen_at_unix_seconds: seenAt / 1000,
  });
}

function pathOf(store: Store, canonical: string): string {
  return join(store.refs, `${keyOf(canonical)}.json`);
}

/** What stands for a reference in the names of files: no text of a reference is ever a path. */
export function keyOf(canonical: string): string {
  return createHash("sha256").update(canonical).digest("hex");
}
