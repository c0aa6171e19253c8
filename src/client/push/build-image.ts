import { createHash } from "node:crypto";
import {
  type Descriptor,
  digestFromHex,
  type ManifestDocument,
  mediaTypes,
  parseManifest,
} from "../../core/index.ts";
import type { WasmInspection } from "../../wasm/index.ts";

/** What {@link buildImage} makes a manifest of. */
export interface ImageToBuild {
  /** The artifact first. */
  readonly layers: readonly Descriptor[];
  /** Of the artifact, when it is WebAssembly; then the config says so. */
  readonly wasm: WasmInspection | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  /** What stands as the time of its making, in seconds since 1970. */
  readonly createdSeconds: number;
}

/** A manifest, and the config that it needs. */
export interface BuiltImage {
  readonly document: ManifestDocument;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
}

/**
 * The manifest of an artifact, the same bytes for the same input. WebAssembly is laid out as the CNCF's "Wasm OCI Artifact
 * Layout" v0 says, anything else has the empty config of OCI image-spec v1.1 ("Guidelines for Artifact Usage") and the
 * media type of its first layer as artifactType.
 */
export function buildImage({ layers, wasm, annotations, createdSeconds }: ImageToBuild): BuiltImage {
  const author = annotations.get("org.opencontainers.image.authors");
  const configBytes = bytesOf(wasm === undefined ? {} : wasmConfig(wasm, layers, { createdSeconds, author }));
  const config = descriptor(wasm === undefined ? mediaTypes.ociEmpty : mediaTypes.wasmConfig, configBytes);
  const bytes = bytesOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(wasm === undefined && { artifactType: layers[0]?.mediaType }),
    config: printed(config),
    layers: layers.map(printed),
    ...(annotations.size > 0 && { annotations: sorted(annotations) }),
  });
  const { digest } = descriptor(mediaTypes.ociManifest, bytes);
  return { document: { digest, bytes, manifest: parseManifest(bytes) }, config, configBytes };
}

/** Readers want `created` to be there, so that where nobody says a time it is that of 1970. */
function wasmConfig(
  { kind, imports, exports }: WasmInspection,
  layers: readonly Descriptor[],
  { createdSeconds, author }: { readonly createdSeconds: number; readonly author: string | undefined },
): object {
  const isComponent = kind === "component";
  return {
    created: new Date(createdSeconds * 1000).toISOString().replace(".000Z", "Z"),
    ...(author !== undefined && { author }),
    architecture: "wasm",
    os: isComponent ? "wasip2" : "wasip1",
    layerDigests: layers.map(({ digest }) => digest),
    ...(isComponent && {
      component: { exports: exports.map(({ name }) => name), imports: imports.map(({ name }) => name) },
    }),
  };
}

function descriptor(mediaType: string, bytes: Uint8Array): Descriptor {
  const digest = digestFromHex(createHash("sha256").update(bytes).digest("hex"));
  if (digest === undefined) throw new TypeError("a sha256 hash has 64 hexadecimal digits");
  const { length: size } = bytes;
  return { mediaType, digest, size, artifactType: undefined, annotations: new Map(), platform: undefined };
}

function printed({ mediaType, digest, size, annotations }: Descriptor): object {
  return { mediaType, digest, size, ...(annotations.size > 0 && { annotations: sorted(annotations) }) };
}

function sorted(annotations: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...annotations].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function bytesOf(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
