import { type Digest, isDigest, type JsonObject } from "../../core/index.ts";

/** The names under which other programs look for the parts of an artifact. */
export const viewNames = {
  component: "component.wasm",
  pack: "pack.gtpack",
  blob: "blob.bin",
  componentManifest: "component.manifest.json",
  metadata: "metadata.json",
} as const;

/** The files of a view folder that may hold its content. */
export const contentNames: ReadonlySet<string> = new Set([
  viewNames.component,
  viewNames.componentManifest,
  viewNames.pack,
  viewNames.blob,
]);

const takenNames: ReadonlySet<string> = new Set(Object.values(viewNames));

/** Less than what any file system takes, in UTF-8. */
const maxNameBytes = 200;

/** Whether `name` may stand in a view folder as a second name of its component: a bare file name, not taken. */
export function isWasmName(name: string): boolean {
  const isBare = /^[^/\\:\p{Cc}\p{Cs}]+$/u.test(name) && name !== "." && name !== "..";
  return isBare && Buffer.byteLength(name) <= maxNameBytes && !takenNames.has(name.toLowerCase());
}

/** What `metadata.json` beside an artifact says; the same in the folders of its manifest and of its content. */
export interface Metadata {
  /** Without userinfo and query. */
  readonly originalReference: string;
  readonly resolvedDigest: Digest;
  readonly mediaType: string;
  readonly fetchedAtUnixSeconds: number;
  readonly sizeBytes: number;
  readonly manifestDigest: Digest | undefined;
  readonly manifestWasmName: string | undefined;
  /** `undefined` in what the Rust tool wrote. */
  readonly contentDigest: Digest | undefined;
}

/** The JSON form of {@link Metadata}. */
export function printMetadata(metadata: Metadata): JsonObject {
  return {
    original_reference: metadata.originalReference,
    resolved_digest: metadata.resolvedDigest,
    media_type: metadata.mediaType,
    fetched_at_unix_seconds: metadata.fetchedAtUnixSeconds,
    size_bytes: metadata.sizeBytes,
    manifest_digest: metadata.manifestDigest ?? null,
    manifest_wasm_name: metadata.manifestWasmName ?? null,
    content_digest: metadata.contentDigest ?? null,
  };
}

/** What `metadata.json` says beside a `blob.bin`. */
export function printBlobMetadata({
  contentDigest,
  sizeBytes,
  mediaType,
  fetchedAtUnixSeconds,
}: Metadata): JsonObject {
  return {
    digest: contentDigest ?? null,
    size_bytes: sizeBytes,
    media_type: mediaType,
    fetched_at_unix_seconds: fetchedAtUnixSeconds,
  };
}

/** Reads the JSON form; `undefined` when something that must be there is not. */
export function parseMetadata(value: JsonObject): Metadata | undefined {
  const text = (key: string): string | undefined => {
    const field = value[key];
    return typeof field === "string" ? field : undefined;
  };
  const count = (key: string): number => {
    const field = value[key];
    return typeof field === "number" && Number.isSafeInteger(field) && field >= 0 ? field : 0;
  };
  const digest = (key: string): Digest | undefined => {
    const field = text(key);
    return field !== undefined && isDigest(field) ? field : undefined;
  };
  const wasmName = text("manifest_wasm_name");
  const resolvedDigest = digest("resolved_digest");
  if (resolvedDigest === undefined) return undefined;
  return {
    originalReference: text("original_reference") ?? "",
    resolvedDigest,
    mediaType: text("media_type") ?? "",
    fetchedAtUnixSeconds: count("fetched_at_unix_seconds"),
    sizeBytes: count("size_bytes"),
    manifestDigest: digest("manifest_digest"),
    manifestWasmName: wasmName !== undefined && isWasmName(wasmName) ? wasmName : undefined,
    contentDigest: digest("content_digest"),
  };
}

/** Whether a content folder stands for several artifacts with one content, and so names none of them. */
export function isNeutral({ originalReference, resolvedDigest, contentDigest }: Metadata): boolean {
  return originalReference === resolvedDigest && resolvedDigest === contentDigest;
}
