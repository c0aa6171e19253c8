import { createCipheriv, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Digest, mediaTypes, type Platform } from "../../src/core/index.ts";
import { projectPath } from "./project-path.ts";
import type { PushedDescriptor, Registry } from "./registry.ts";

/** The component of `examples/hello`. */
export const smallComponent: Uint8Array<ArrayBuffer> = new Uint8Array(
  readFileSync(projectPath("examples/hello/hello.wasm")),
);

/** `size` bytes that look random and are the same for the same `seed`. */
export function bytesOf(size: number, seed: number | string): Uint8Array<ArrayBuffer> {
  const key = createHash("sha256").update(String(seed)).digest().subarray(0, 16);
  const stream = createCipheriv("aes-128-ctr", key, new Uint8Array(16));
  return new Uint8Array(stream.update(new Uint8Array(size)));
}

/** What to push with {@link pushComponent}. */
export interface ComponentToPush {
  readonly repository: string;
  /** Default: reachable by its digest only. */
  readonly tag?: string | undefined;
  /** The component's bytes, or the path of a file that is streamed from disk. */
  readonly wasm: Uint8Array | string;
  /** Default: `application/vnd.wasm.component.v1+wasm`. */
  readonly layerMediaType?: string | undefined;
  /** The layer's file name. */
  readonly title?: string | undefined;
  /** What `component.manifest.json` says; not given, there is no such layer. */
  readonly componentManifest?: object | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** What stands in the registry now. */
export interface PushedComponent {
  readonly manifestDigest: Digest;
  readonly contentDigest: Digest;
  /** `oci://HOST/REPOSITORY:TAG`, or `@DIGEST` where there is no tag. */
  readonly reference: string;
  /** Of the manifest: an entry for {@link pushIndex}. */
  readonly descriptor: PushedDescriptor;
}

/** Pushes a component as its publishers do: an OCI manifest with an empty config and the component as a layer. */
export function pushComponent(registry: Registry, component: ComponentToPush): PushedComponent {
  const { repository, tag, wasm, title, componentManifest, annotations } = component;
  const { layerMediaType = "application/vnd.wasm.component.v1+wasm" } = component;
  const content = registry.pushBlob(repository, wasm, layerMediaType);
  const layers = [title === undefined ? content : withTitle(content, title)];
  if (componentManifest !== undefined) {
    const bytes = Buffer.from(JSON.stringify(componentManifest));
    const mediaType = "application/vnd.greentic.component.manifest.v1+json";
    layers.push(withTitle(registry.pushBlob(repository, bytes, mediaType), "component.manifest.json"));
  }
  const descriptor = registry.pushManifest(repository, tag, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: registry.pushBlob(repository, Buffer.from("{}"), mediaTypes.ociEmpty),
    layers,
    ...(annotations === undefined ? {} : { annotations }),
  });
  const reference = referenceOf(registry, repository, tag, descriptor.digest);
  return { manifestDigest: descriptor.digest, contentDigest: content.digest, reference, descriptor };
}

/** What to push with {@link pushIndex}. */
export interface IndexToPush {
  readonly repository: string;
  /** Default: reachable by its digest only. */
  readonly tag?: string | undefined;
  readonly manifests: readonly {
    readonly descriptor: PushedDescriptor;
    readonly platform?: Platform | undefined;
  }[];
  /** Default: that of an OCI image index. */
  readonly mediaType?: string | undefined;
}

/** Pushes a list of manifests that the repository holds. */
export function pushIndex(
  registry: Registry,
  { repository, tag, manifests, mediaType = mediaTypes.ociIndex }: IndexToPush,
): { readonly digest: Digest; readonly reference: string; readonly descriptor: PushedDescriptor } {
  const entries = manifests.map(({ descriptor, platform }) => ({ ...descriptor, platform }));
  const descriptor = registry.pushManifest(
    repository,
    tag,
    { schemaVersion: 2, mediaType, manifests: entries },
    mediaType,
  );
  return {
    digest: descriptor.digest,
    reference: referenceOf(registry, repository, tag, descriptor.digest),
    descriptor,
  };
}

function withTitle(
  descriptor: PushedDescriptor,
  title: string,
): PushedDescriptor & { readonly annotations: object } {
  return { ...descriptor, annotations: { "org.opencontainers.image.title": title } };
}

function referenceOf(
  { host }: Registry,
  repository: string,
  tag: string | undefined,
  digest: Digest,
): string {
  return `oci://${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`;
}
