import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { openFile } from "../../src/cache/index.ts";
import { type Digest, isJsonObject, type JsonObject, parseDigest, parseJson } from "../../src/core/index.ts";
import type { Referrer, RegistryContent, RegistryItem } from "../../src/dev/index.ts";
import { streamFile } from "../../src/dev/stream-file.ts";

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

/** What the registry's read side is to answer from. */
export function registryContent(store: RegistryStore): RegistryContent {
  return {
    repositories: async () => [...store.keys()],
    tags: async (name) => keysOf(store.get(name)?.tags),
    manifestByTag: async (name, tag) => {
      const digest = store.get(name)?.tags.get(tag);
      return digest === undefined ? undefined : itemOf(store.get(name)?.manifests.get(digest));
    },
    manifest: async (name, digest) => itemOf(store.get(name)?.manifests.get(digest)),
    blob: async (name, digest) => itemOf(store.get(name)?.blobs.get(digest)),
    referrers: async (name, subject) =>
      [...(store.get(name)?.manifests.values() ?? [])].flatMap((manifest) => referrerTo(subject, manifest)),
  };
}

/** What a manifest says its subject is, if it has one. */
export function subjectOf(manifest: Content): string | undefined {
  const { subject } = documentOf(manifest);
  return isJsonObject(subject) && typeof subject["digest"] === "string" ? subject["digest"] : undefined;
}

function referrerTo(subject: Digest, manifest: Content): readonly Referrer[] {
  if (subjectOf(manifest) !== subject) return [];
  const { mediaType, digest, size } = manifest;
  const { artifactType, config, annotations } = documentOf(manifest) as Partial<ReferringManifest>;
  return [{ mediaType, digest, size, artifactType: artifactType ?? config?.mediaType, annotations }];
}

interface ReferringManifest {
  readonly artifactType: string;
  readonly config: { readonly mediaType: string };
  readonly annotations: Readonly<Record<string, string>>;
}

function documentOf({ source }: Content): JsonObject {
  const document = typeof source === "string" ? undefined : parseJson(source);
  return isJsonObject(document) ? document : {};
}

function keysOf(tags: ReadonlyMap<string, Digest> | undefined): readonly string[] | undefined {
  return tags === undefined ? undefined : [...tags.keys()];
}

function itemOf(content: Content | undefined): RegistryItem | undefined {
  if (content === undefined) return undefined;
  const { source } = content;
  const open: RegistryItem["open"] = async (start, end) => {
    if (typeof source !== "string") return source.slice(start, end);
    const file = await openFile(source);
    return file === undefined ? undefined : streamFile(file, start, end);
  };
  return { ...content, open };
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
