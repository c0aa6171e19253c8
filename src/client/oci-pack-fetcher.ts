import type { OpenContent } from "../cache/index.ts";
import type { Shape } from "../wasm/index.ts";
import { ArtifactClient } from "./artifact-client.ts";
import { packKind, type PackLayerTypes } from "./pull/artifact-kind.ts";
import type { CachedArtifact } from "./cached-artifact.ts";
import type { CallOptions } from "./settings/call-options.ts";
import type { DistClientOptions } from "./settings/settings.ts";

/**
 * How an {@link OciPackFetcher} works: as a `DistClient` does, but that tags are refused unless `allowTags` is true,
 * and that the cache is that of packs: `GREENTIC_PACK_CACHE_DIR`, else `greentic/packs` in the user's cache folder.
 */
export interface OciPackFetcherOptions extends DistClientOptions, PackLayerTypes {}

/** A pack in the cache, as `<root>/<hex>/pack.gtpack`. */
export interface CachedPack extends CachedArtifact {
  /** As the registry declared it. */
  readonly mediaType: string;
  /** What the file is by its first bytes, whatever it was declared to be. */
  readonly shape: Shape;
}

/** A {@link CachedPack} with all its bytes, verified. */
export interface FetchedPack extends CachedPack {
  readonly bytes: Uint8Array;
}

/** How {@link fetchPack} and {@link fetchPackToCache} work. */
export type FetchPackOptions = OciPackFetcherOptions & CallOptions;

/**
 * Finds, fetches, verifies and caches packs: `.gtpack` archives and bundles.
 *
 * Every method may throw a `DistError`: TAG_REFUSED for a tag without `allowTags`, and whatever a pull can.
 */
export class OciPackFetcher implements AsyncDisposable {
  readonly #packs: ArtifactClient;

  constructor(options: OciPackFetcherOptions = {}) {
    this.#packs = new ArtifactClient(packKind(options), {
      ...options,
      allowTags: options.allowTags ?? false,
    });
  }

  /** Brings a pack into the cache, unless it is there, and returns where it lies, verified. */
  async fetchPackToCache(reference: string, { signal }: CallOptions = {}): Promise<CachedPack> {
    return this.#fetch(reference, signal, (pack) => Promise.resolve(pack));
  }

  /** The same, with all bytes of the pack. */
  async fetchPack(reference: string, { signal }: CallOptions = {}): Promise<FetchedPack> {
    return this.#fetch(reference, signal, async (pack, { bytes }) => ({ ...pack, bytes: await bytes() }));
  }

  /** Lets go of connections. The fetcher can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#packs[Symbol.asyncDispose]();
  }

  async #fetch<T>(
    reference: string,
    signal: AbortSignal | undefined,
    finish: (pack: CachedPack, content: OpenContent) => Promise<T>,
  ): Promise<T> {
    const artifact = await this.#packs.pull(reference, signal);
    await using content = await this.#packs.cache.open(artifact.contentDigest);
    const { shapeHeadBytes, sniffShape } = await import("../wasm/index.ts");
    const shape = sniffShape(await content.read(0, shapeHeadBytes));
    return await finish({ ...artifact, shape }, content);
  }
}

/** Fetches one pack with a client of its own; see {@link OciPackFetcher.fetchPack}. */
export async function fetchPack(reference: string, options: FetchPackOptions = {}): Promise<FetchedPack> {
  await using fetcher = new OciPackFetcher(options);
  return await fetcher.fetchPack(reference, options);
}

/** Brings one pack into the cache; see {@link OciPackFetcher.fetchPackToCache}. */
export async function fetchPackToCache(
  reference: string,
  options: FetchPackOptions = {},
): Promise<CachedPack> {
  await using fetcher = new OciPackFetcher(options);
  return await fetcher.fetchPackToCache(reference, options);
}
