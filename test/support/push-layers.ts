import { type Digest, mediaTypes } from "../../src/core/index.ts";
import type { PushedDescriptor, Registry } from "./registry.ts";

/** A layer to push: its bytes, its media type and its file name. */
export type LayerToPush = readonly [bytes: Uint8Array | string, mediaType: string, title?: string];

/** An artifact that stands in the registry now. */
export interface PushedLayers {
  readonly manifestDigest: Digest;
  /** In the order in which they were given. */
  readonly layers: readonly PushedDescriptor[];
  /** `HOST/REPOSITORY@DIGEST`. */
  readonly pinned: string;
  /** `HOST/REPOSITORY:1.0`. */
  readonly tagged: string;
}

/** Pushes an artifact of any layers as `oras push` does, and tags it `1.0`. */
export function pushLayers(registry: Registry, repository: string, ...given: LayerToPush[]): PushedLayers {
  const layers = given.map(([content, mediaType, title]) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const annotations = title === undefined ? {} : { "org.opencontainers.image.title": title };
    return Object.assign(registry.pushBlob(repository, bytes, mediaType), { annotations });
  });
  const { digest } = registry.pushManifest(repository, "1.0", {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: registry.pushBlob(repository, Buffer.from("{}"), mediaTypes.ociEmpty),
    layers,
  });
  const name = `${registry.host}/${repository}`;
  return { manifestDigest: digest, layers, pinned: `${name}@${digest}`, tagged: `${name}:1.0` };
}
