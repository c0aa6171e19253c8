import { existsSync } from "node:fs";
import { type CacheEntry, createCache } from "../cache/index.ts";
import { DistError, parseDigest, parseReference, printable, type Reference } from "../core/index.ts";
import { createSources } from "../sources/index.ts";
import { createNetwork } from "./network.ts";
import type { CachedArtifact, ResolvedReference } from "./cached-artifact.ts";
import { pull, resolve } from "./pull.ts";
import type { PullContext } from "./pull-context.ts";
import { type DistClientOptions, resolveSettings } from "./settings.ts";

/** What every call takes. */
export interface CallOptions {
  /** Stops the call; it then throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** A {@link CachedArtifact} that stays readable until it is disposed of, whatever happens to the cache. */
export interface OpenArtifact extends CachedArtifact, AsyncDisposable {
  /** All bytes of the artifact, verified. */
  readonly bytes: () => Promise<Uint8Array>;
}

/**
 * Finds, fetches, verifies and caches components.
 *
 * ```ts
 * await using client = new DistClient();
 * const { cachePath } = await client.ensureCached("oci://ghcr.io/acme/hello:1.0");
 * ```
 *
 * Every method may throw a `DistError`; its `code` says which kind, and `docs/errors.md` lists them.
 */
export class DistClient implements AsyncDisposable {
  readonly #context: PullContext;
  readonly #allowTags: boolean;
  readonly #close: () => Promise<void>;

  constructor(options: DistClientOptions = {}) {
    const settings = resolveSettings(options);
    const { cacheDir, offline, bases, fixtureDir, now } = settings;
    const cache = createCache({ root: cacheDir, now });
    const network = offline ? undefined : createNetwork(settings);
    const source = createSources({ cache, network, bases, fixtureDir });
    this.#context = { settings, cache, source };
    this.#allowTags = settings.allowTags;
    this.#close = async () => network?.close();
  }

  /** What a reference means, as a digest. Nothing of an OCI artifact but manifests is downloaded. */
  async resolveRef(reference: string, { signal }: CallOptions = {}): Promise<ResolvedReference> {
    return resolve(this.#context, this.#parse(reference), signal);
  }

  /** Brings an artifact into the cache, unless it is there, and returns where it lies, verified. */
  async ensureCached(reference: string, { signal }: CallOptions = {}): Promise<CachedArtifact> {
    return pull(this.#context, this.#parse(reference), signal);
  }

  /** The same, held open: the bytes stay readable even when the entry is removed meanwhile. */
  async openCached(reference: string, options: CallOptions = {}): Promise<OpenArtifact> {
    const artifact = await this.ensureCached(reference, options);
    const content = await this.#context.cache.open(artifact.contentDigest);
    return { ...artifact, ...content };
  }

  /**
   * What the cache holds under a digest, of a manifest or of a content.
   * @throws {DistError} NOT_CACHED
   */
  async fetchDigest(digest: string, options: CallOptions = {}): Promise<CachedArtifact> {
    return this.ensureCached(parseDigest(digest), options);
  }

  /** Each artifact in the cache once. Nothing is hashed for that. */
  async listCache(): Promise<readonly CacheEntry[]> {
    return this.#context.cache.list();
  }

  /**
   * Removes artifacts, by digest of their manifest or content; what is not there is passed over.
   * @throws {DistError} INVALID_INPUT when one is no digest; nothing is removed then
   */
  async removeCached(digests: readonly string[]): Promise<void> {
    return this.#context.cache.remove(digests.map(parseDigest));
  }

  /** Lets go of connections. The client can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #parse(text: string): Reference {
    const reference = parseReference(text, { pathExists: existsSync });
    if (!this.#allowTags && isTag(reference)) {
      const shown = printable(text);
      throw new DistError(
        "TAG_REFUSED",
        `digest pin required for \`${shown}\``,
        { reference: shown },
        {
          hint: "pin it with name@sha256:…; `greentic-dist resolve` prints the digest that a tag means",
        },
      );
    }
    return reference;
  }
}

function isTag(reference: Reference): boolean {
  if (reference.kind === "mapped") return !reference.target.includes("@");
  return reference.kind === "oci" && reference.name.digest === undefined;
}
