import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { type Digest, parseDigest } from "../../src/core/index.ts";

/** A blob or a manifest: its bytes, or the path of the file that holds them. */
export interface Content {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly source: Uint8Array | string;
}

/** What one repository holds. */
export interface Repository {
  readonly blobs: Map<Digest, Content>;
  readonly manifests: Map<Digest, Content>;
  readonly tags: Map<string, Digest>;
}

/** Everything a registry holds, by repository name. */
export type RegistryStore = Map<string, Repository>;

/** The repository of that name, made when it is not there. */
export function repositoryOf(store: RegistryStore, name: string): Repository {
  const held = store.get(name);
  if (held !== undefined) return held;
  const repository: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
  store.set(name, repository);
  return repository;
}

/** Hashes `source`, bytes or the path of a file. Reads the file at once: tests prepare, then measure. */
export function contentFrom(source: Uint8Array | string, mediaType: string): Content {
  const hash = createHash("sha256");
  let size = 0;
  for (const chunk of typeof source === "string" ? chunksOfFile(source) : [source]) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { mediaType, digest: parseDigest(`sha256:${hash.digest("hex")}`), size, source };
}

/** The bytes from `start` up to, not including, `end`. */
export function readContent(
  { source }: Content,
  start: number,
  end: number,
): Uint8Array | ReadableStream<Uint8Array> {
  if (typeof source !== "string") return source.subarray(start, end);
  if (start === end) return new Uint8Array();
  return ReadableStream.from<Uint8Array>(
    createReadStream(source, { start, end: end - 1, highWaterMark: 1 << 20 }),
  );
}

function* chunksOfFile(path: string): Generator<Uint8Array> {
  const buffer = new Uint8Array(1 << 20);
  const file = openSync(path, "r");
  try {
    for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) yield buffer.subarray(0, n);
  } finally {
    closeSync(file);
  }
}
