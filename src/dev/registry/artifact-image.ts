import { createHash } from "node:crypto";
import { viewNames } from "../../cache/index.ts";
import { type Digest, mediaTypes, parseDigest } from "../../core/index.ts";
import type { Shape, WasmInspection } from "../../wasm/index.ts";

/** What an image is made of. */
export interface ArtifactFacts {
  readonly kind: "component" | "pack";
  readonly id: string;
  readonly version: string;
  /** Of its bytes. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** What the file begins like. */
  readonly shape: Shape;
  /** What a component or module imports and exports; `undefined` of what cannot be looked into. */
  readonly wasm: WasmInspection | undefined;
  /** Why a component or module cannot be looked into. */
  readonly flaw: string | undefined;
}

/** Bytes that are held in memory. */
export interface Document {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How an artifact stands in a registry: documents beside its own bytes. */
export interface ArtifactImage {
  readonly facts: ArtifactFacts;
  readonly manifest: Document;
  readonly config: Document;
  readonly layer: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
  /** A second layer: the `component.manifest.json` that goes with a component. */
  readonly componentManifest: Document | undefined;
}

/** The layer types of packs, which name the format that a pack really has. */
const packTypes: Readonly<Partial<Record<Shape, string>>> = {
  zip: "application/vnd.greentic.gtpack.v1+zip",
  tar: "application/vnd.greentic.gtpack.layer.v1+tar",
  gzip: "application/vnd.greentic.gtpack.v1+tar+gzip",
  zstd: "application/vnd.greentic.gtpack.v1+tar+zstd",
  json: "application/vnd.greentic.pack+json",
};

/** So that the same file makes the same manifest wherever it is served, no document has a date of its own. */
const noDate = "1970-01-01T00:00:00Z";

/**
 * The manifest and config of an artifact: of a component as "Wasm OCI Artifact Layout" of the CNCF's TAG Runtime has
 * it, of a pack with the empty config of OCI image-spec v1.1. The same facts make the same bytes.
 * @param manifestBytes the `component.manifest.json` of a component that has one
 */
export function artifactImage(facts: ArtifactFacts, manifestBytes?: Uint8Array<ArrayBuffer>): ArtifactImage {
  const { kind, id, version, digest, sizeBytes: size } = facts;
  const isPack = kind === "pack";
  const mediaType = isPack ? (packTypes[facts.shape] ?? mediaTypes.octetStream) : mediaTypes.wasm;
  const layer = { mediaType, digest, size };
  const componentManifest =
    manifestBytes === undefined ? undefined : documentOf(mediaTypes.componentManifest, manifestBytes);
  const layers = [
    titled(layer, `${id}.${isPack ? "gtpack" : "wasm"}`),
    ...(componentManifest === undefined
      ? []
      : [titled(descriptorOf(componentManifest), viewNames.componentManifest)]),
  ];
  const config = isPack
    ? jsonDocument(mediaTypes.ociEmpty, {})
    : jsonDocument("application/vnd.wasm.config.v0+json", wasmConfig(facts, layers));
  const manifest = jsonDocument(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(isPack ? { artifactType: mediaType } : {}),
    config: descriptorOf(config),
    layers,
    annotations: { "org.opencontainers.image.title": id, "org.opencontainers.image.version": version },
  });
  return { facts, manifest, config, layer, componentManifest };
}

type LayerDescriptor = ArtifactImage["layer"];

function titled(layer: LayerDescriptor, title: string): LayerDescriptor & { readonly annotations: object } {
  return { ...layer, annotations: { "org.opencontainers.image.title": title } };
}

function descriptorOf({ mediaType, digest, bytes }: Document): LayerDescriptor {
  return { mediaType, digest, size: bytes.length };
}

function wasmConfig({ wasm }: ArtifactFacts, layers: readonly LayerDescriptor[]): object {
  const isComponent = wasm?.kind === "component";
  return {
    created: noDate,
    architecture: "wasm",
    os: isComponent ? "wasip2" : "wasip1",
    layerDigests: layers.map(({ digest }) => digest),
    ...(isComponent ? { component: { exports: names(wasm.exports), imports: names(wasm.imports) } } : {}),
  };
}

function jsonDocument(mediaType: string, value: object): Document {
  return documentOf(mediaType, new TextEncoder().encode(JSON.stringify(value)));
}

function documentOf(mediaType: string, bytes: Uint8Array<ArrayBuffer>): Document {
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  return { mediaType, digest, bytes };
}

function names(externs: WasmInspection["imports"]): readonly string[] {
  return externs.map(({ name }) => name);
}
