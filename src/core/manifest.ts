import { type Descriptor, parseAnnotations, parseDescriptor } from "./descriptor.ts";
import { type Digest, isDigest } from "./digest.ts";
import { DistError } from "./errors.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json.ts";
import { limits } from "./limits.ts";
import { essenceOf, manifestMediaTypes, mediaTypes } from "./media-type.ts";
import { printable } from "./printable.ts";

/** A manifest of one artifact: OCI image manifest, Docker schema 2, or OCI artifact manifest. */
export interface ImageManifest {
  readonly kind: "image";
  readonly mediaType: string;
  readonly layers: readonly Descriptor[];
}

/** A list of manifests to choose from: OCI image index or Docker manifest list. */
export interface ImageIndex {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/** A manifest of either kind. */
export type Manifest = ImageManifest | ImageIndex;

/** A manifest together with the bytes that it was read from and their digest. */
export interface ManifestDocument<M extends Manifest = Manifest> {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly manifest: M;
}

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerList]);

/**
 * Reads a manifest and checks all that it says of itself. A document is of exactly one shape: one with `manifests`
 * is an index, one with `layers` or `blobs` a manifest, and `mediaType` and Content-Type must say the same.
 *
 * @param contentType as the server declared it; `undefined` when the bytes come from the cache
 * @throws {DistError} UNUSABLE_ARTIFACT when the bytes are no manifest; MEDIA_TYPE_MISMATCH when declarations disagree
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  if (bytes.length > limits.manifestBytes) {
    throw noManifest(`is larger than ${limits.manifestBytes} bytes`);
  }
  const document = parseJson(bytes);
  if (!isJsonObject(document)) throw noManifest("is no JSON object");
  const version = document["schemaVersion"];
  if (version !== 2 && !(version === undefined && document["mediaType"] === mediaTypes.ociArtifact)) {
    throw noManifest("is not of schema version 2");
  }
  const mediaType = agreedMediaType(document, contentType);
  const entries = (key: string): readonly Descriptor[] => parseDescriptors(document, key);
  return indexTypes.has(mediaType)
    ? { kind: "index", mediaType, manifests: entries("manifests") }
    : {
        kind: "image",
        mediaType,
        layers: entries(mediaType === mediaTypes.ociArtifact ? "blobs" : "layers"),
      };
}

/** The annotation that carries a layer's file name. */
export function titleOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations.get("org.opencontainers.image.title");
}

/** The `annotations` of a manifest document, for display. */
export function annotationsOf(document: ManifestDocument): ReadonlyMap<string, string> {
  const value = parseJson(document.bytes);
  return parseAnnotations(isJsonObject(value) ? value["annotations"] : undefined);
}

/** A manifest as an index would list it. */
export function descriptorOf({ digest, bytes, manifest }: ManifestDocument): Descriptor {
  return {
    mediaType: manifest.mediaType,
    digest,
    size: bytes.length,
    artifactType: undefined,
    annotations: new Map(),
    platform: undefined,
  };
}

/**
 * Every blob that a manifest needs: its config, then its layers, each digest once; of an index none.
 * @throws {DistError} UNUSABLE_ARTIFACT when its config is no descriptor
 */
export function blobsOf({ bytes, manifest }: ManifestDocument): readonly Descriptor[] {
  if (manifest.kind === "index") return [];
  const document = parseJson(bytes);
  const config = isJsonObject(document) ? document["config"] : undefined;
  const first = config === undefined ? [] : [parseDescriptor(config, "config")];
  const all = [...first, ...manifest.layers];
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

/** Of which manifest this one says something (OCI image-spec v1.1, `subject`); `undefined` when of none that can be asked for. */
export function subjectOf({ bytes }: ManifestDocument): Digest | undefined {
  const document = parseJson(bytes);
  const subject = isJsonObject(document) ? document["subject"] : undefined;
  const digest = isJsonObject(subject) ? subject["digest"] : undefined;
  return typeof digest === "string" && isDigest(digest) ? digest : undefined;
}

function agreedMediaType(document: JsonObject, contentType: string | undefined): string {
  const declared = document["mediaType"];
  const served = contentType === undefined ? undefined : essenceOf(contentType);
  const known = served !== undefined && manifestMediaTypes.includes(served) ? served : undefined;
  if (declared !== undefined && typeof declared !== "string")
    throw noManifest("has a mediaType that is no text");
  if (declared !== undefined && known !== undefined && declared !== known) throw disagree(known, declared);
  const shape = shapeOf(document);
  const mediaType = declared ?? known ?? (shape === "index" ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  if (!manifestMediaTypes.includes(mediaType)) throw noManifest(`is of media type ${printable(mediaType)}`);
  const expected = indexTypes.has(mediaType)
    ? "index"
    : mediaType === mediaTypes.ociArtifact
      ? "artifact"
      : "image";
  if (shape !== expected) throw disagree(mediaType, `a document in the shape of an ${shape}`);
  return mediaType;
}

function shapeOf(document: JsonObject): "index" | "image" | "artifact" {
  const has = (key: string): boolean => document[key] !== undefined;
  const shapes = [
    has("manifests") ? ("index" as const) : undefined,
    has("layers") || has("config") ? ("image" as const) : undefined,
    has("blobs") ? ("artifact" as const) : undefined,
  ].filter((shape) => shape !== undefined);
  const [shape] = shapes;
  if (has("fsLayers")) throw noManifest("is of Docker's schema 1, which is not supported");
  if (shape === undefined) throw noManifest("has neither layers nor manifests");
  if (shapes.length > 1) throw noManifest("has the keys of a manifest and of an index at once");
  return shape;
}

function parseDescriptors(document: JsonObject, key: string): readonly Descriptor[] {
  const list = document[key];
  if (!Array.isArray(list)) throw noManifest(`has no list of ${key}`);
  if (list.length > limits.descriptorsPerManifest) {
    throw noManifest(`lists more than ${limits.descriptorsPerManifest} ${key}`);
  }
  return list.map((entry: unknown, i) => parseDescriptor(entry, `${key}[${i}]`));
}

function noManifest(why: string): DistError<"UNUSABLE_ARTIFACT"> {
  return new DistError("UNUSABLE_ARTIFACT", `what was served as a manifest ${why}`, {});
}

function disagree(expected: string, actual: string): DistError<"MEDIA_TYPE_MISMATCH"> {
  return new DistError(
    "MEDIA_TYPE_MISMATCH",
    `manifest media types disagree: expected ${expected}, got ${printable(actual)}`,
    { expected, actual: printable(actual) },
  );
}
