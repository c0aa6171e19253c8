import { type Digest, mediaTypes } from "../../src/core/index.ts";
import { startServer, type TestServer, type TlsIdentity, type Wrap } from "./http-server.ts";
import { createRegistryHandler } from "./registry-handler.ts";
import { contentFrom, type RegistryStore, repositoryOf } from "./registry-store.ts";

/** A descriptor as it stands in a manifest. */
export interface PushedDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** A registry of this process, and the short way to fill it. */
export interface Registry extends TestServer {
  /** Adds a blob: its bytes, or the path of a file that is streamed from disk. */
  readonly pushBlob: (
    repository: string,
    source: Uint8Array | string,
    mediaType?: string,
  ) => PushedDescriptor;
  /** Adds a manifest, bytes or what JSON is made of, unchecked, and lets `tag` mean it. Default type: that of an OCI image manifest. */
  readonly pushManifest: (
    repository: string,
    tag: string | undefined,
    manifest: Uint8Array | object,
    mediaType?: string,
  ) => PushedDescriptor;
}

/** How a registry is started. */
export interface RegistryOptions {
  /** Puts something around the registry: see `faults.ts`. */
  readonly wrap?: Wrap | undefined;
  /** Default: plain http. */
  readonly tls?: TlsIdentity | undefined;
}

/** An empty registry on a free port of 127.0.0.1. */
export async function startRegistry({
  wrap = (handler) => handler,
  tls,
}: RegistryOptions = {}): Promise<Registry> {
  const store: RegistryStore = new Map();
  const server = await startServer(wrap(createRegistryHandler(store)), tls);
  const pushBlob: Registry["pushBlob"] = (repository, source, mediaType = mediaTypes.octetStream) => {
    const blob = contentFrom(source, mediaTypes.octetStream);
    repositoryOf(store, repository).blobs.set(blob.digest, blob);
    return { mediaType, digest: blob.digest, size: blob.size };
  };
  const pushManifest: Registry["pushManifest"] = (
    repository,
    tag,
    manifest,
    mediaType = mediaTypes.ociManifest,
  ) => {
    const bytes = manifest instanceof Uint8Array ? manifest : Buffer.from(JSON.stringify(manifest));
    const content = contentFrom(bytes, mediaType);
    const { manifests, tags } = repositoryOf(store, repository);
    manifests.set(content.digest, content);
    if (tag !== undefined) tags.set(tag, content.digest);
    return { mediaType, digest: content.digest, size: content.size };
  };
  return Object.assign(server, { pushBlob, pushManifest });
}
