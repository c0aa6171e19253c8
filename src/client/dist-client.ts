import type { CacheEntry, CacheInfo, Sweep } from "../cache/index.ts";
import { parseDigest } from "../core/index.ts";
import { ArtifactClient } from "./artifact-client.ts";
import { componentKind } from "./pull/artifact-kind.ts";
import type { CallOptions, ListTagsOptions, LockOptions } from "./settings/call-options.ts";
import type { CachedArtifact, ResolvedReference } from "./cached-artifact.ts";
import type { GcOptions } from "./upkeep/collect.ts";
import type { CopiedArtifact, CopiedLockEntry, CopyOptions } from "./copy/copy-options.ts";
import type { CopyLockOptions } from "./copy/copy-lock.ts";
import type { PushBundleOptions } from "./copy/push-bundle.ts";
import type { Diagnosis } from "./diagnose/diagnosis.ts";
import type { DeleteImageOptions, Deletion } from "./images/delete-image.ts";
import type { TaggedImage, TagImageOptions } from "./images/tag-image.ts";
import type { InspectedArtifact } from "./inspect.ts";
import type { OutputTarget } from "./files/output-target.ts";
import type { LockDiff, LockRecord } from "../lockfile/index.ts";
import type { ConvertedLock, ConvertLockOptions } from "./lock/convert-lock.ts";
import type { MovedEntry } from "./lock/check-lock.ts";
import type { LockedArtifact } from "./lock/lock-failure.ts";
import type { OpenArtifact } from "./open-cached.ts";
import type { PinnedArtifact } from "./upkeep/pin.ts";
import type { PushedArtifact, PushOptions } from "./push/push.ts";
import type { DistClientOptions } from "./settings/settings.ts";
import type { LoadBundleOptions, LoadedArtifact } from "./bundle/load-bundle.ts";
import type { SaveBundleOptions, SavedArtifact } from "./bundle/save-bundle.ts";
import type { CacheVerification, VerifyCacheOptions } from "./upkeep/verify-cache.ts";

/**
 * Finds, fetches, verifies and caches components.
 *
 * ```ts
 * await using client = new DistClient();
 * const { cachePath } = await client.ensureCached("oci://ghcr.io/acme/hello:1.0");
 * ```
 * Every method may throw a `DistError`; its `code` says which kind, and `docs/errors.md` lists them.
 */
export class DistClient implements AsyncDisposable {
  readonly #options: DistClientOptions;
  readonly #components: ArtifactClient;

  constructor(options: DistClientOptions = {}) {
    this.#options = options;
    this.#components = new ArtifactClient(componentKind, options);
  }

  /** What a reference means, as a digest. Nothing of an OCI artifact but manifests is downloaded. */
  async resolveRef(reference: string, { signal }: CallOptions = {}): Promise<ResolvedReference> {
    return this.#components.resolve(reference, signal);
  }

  /** Brings an artifact into the cache, unless it is there, and returns where it lies, verified. */
  async ensureCached(reference: string, { signal }: CallOptions = {}): Promise<CachedArtifact> {
    const { mediaType: _, ...artifact } = await this.#components.pull(reference, signal);
    return artifact;
  }

  /** The same, held open: path and bytes stay as they are until it is disposed of, whatever is cleaned up meanwhile. */
  async openCached(reference: string, { signal }: CallOptions = {}): Promise<OpenArtifact> {
    return (await import("./open-cached.ts")).openCached(this.#components, reference, signal);
  }

  /** What the cache holds under a digest, of a manifest or of a content; NOT_CACHED when it holds nothing. */
  async fetchDigest(digest: string, options: CallOptions = {}): Promise<CachedArtifact> {
    return this.ensureCached(parseDigest(digest), options);
  }

  /** Brings an artifact into the cache, unless it is there, and returns all that is known of it. */
  async inspect(reference: string, { signal }: CallOptions = {}): Promise<InspectedArtifact> {
    return (await import("./inspect.ts")).inspect(this.#components, reference, signal);
  }

  /**
   * Finds out, step by step, what a pull would do, and where it would fail. Downloads nothing but manifests, keeps
   * nothing of them, and tells no secret. What fails is in the result; nothing but ABORTED is thrown.
   */
  async diagnose(reference: string, { signal }: CallOptions = {}): Promise<Diagnosis> {
    return (await import("./diagnose/diagnose.ts")).diagnose(this.#components.context, reference, signal);
  }

  /** Where the cache has what a reference means, verified, found without a network; NOT_CACHED when it has not. */
  async cachedPath(reference: string, { signal }: CallOptions = {}): Promise<string> {
    return this.#components.cachedPath(reference, signal);
  }

  /**
   * Brings every artifact of a lockfile into the cache, several at once, and returns them in the lock's order. What
   * the lock pins is compared with what arrives.
   * @throws {DistError} INVALID_LOCKFILE; where entries fail, an error of which {@link isLockFailure} holds, when the
   * others are done
   */
  async pullLock(path: string, options: LockOptions = {}): Promise<readonly LockedArtifact[]> {
    return (await import("./lock/pull-lock.ts")).pullLock(this.#components.context, path, options);
  }

  /**
   * Brings every artifact of a lockfile into another cache, with the root `to`, that can be copied anywhere, as into an
   * image: it holds no absolute path, everyone may read it, and nobody needs to write there. What this client's cache has
   * is taken from there. With `SOURCE_DATE_EPOCH` every time in it is that one.
   * @throws {DistError} as {@link DistClient.pullLock} does; what was pulled stays, and a next call goes on
   */
  async warm(path: string, to: string, options: LockOptions = {}): Promise<readonly LockedArtifact[]> {
    return (await import("./upkeep/warm.ts")).warm(this.#options, path, { to, ...options });
  }

  /** Writes a lockfile that pins what references mean now; paths are written as they lead from the lock's folder. */
  async createLock(
    output: OutputTarget,
    references: readonly string[],
    options: LockOptions = {},
  ): Promise<readonly LockRecord[]> {
    const { createLock } = await import("./lock/create-lock.ts");
    return createLock(this.#components.context, output, references, options);
  }

  /**
   * Pins what the references of a lockfile mean now: of the entries with these `names`, or of all when there are none.
   * Everything else in the file stays as it is. Returns the entries that were changed.
   */
  async updateLock(
    path: string,
    names: readonly string[] = [],
    options: LockOptions = {},
  ): Promise<readonly MovedEntry[]> {
    return (await import("./lock/update-lock.ts")).updateLock(this.#components.context, path, names, options);
  }

  /** The entries of a lockfile whose reference means something else now. */
  async checkLock(path: string, options: LockOptions = {}): Promise<readonly MovedEntry[]> {
    return (await import("./lock/check-lock.ts")).checkLock(this.#components.context, path, options);
  }

  /** How two lockfiles differ, in whatever dialects; each is the path of one, or what stands in it. */
  async diffLocks(before: string | Uint8Array, after: string | Uint8Array): Promise<LockDiff> {
    return (await import("./lock/diff-locks.ts")).diffLocks(before, after);
  }

  /**
   * Writes a lockfile in another dialect, to `output`, and says what that has no place for. Asks for no reference in it.
   * @throws {DistError} INVALID_INPUT when something would be lost, unless the options allow it; nothing is written then
   */
  async convertLock(path: string, output: OutputTarget, options: ConvertLockOptions): Promise<ConvertedLock> {
    return (await import("./lock/convert-lock.ts")).convertLock(path, output, options);
  }

  /** Publishes a component, or with `pack` a pack: a file, or a folder with a `component.manifest.json` that names one. */
  async push(path: string, reference: string, options: PushOptions = {}): Promise<PushedArtifact> {
    return (await import("./push/push.ts")).push(this.#components.context, path, reference, options);
  }

  /** All tags of a repository, as in `ghcr.io/acme/hello`; with `semver` those that are whole versions, highest first. */
  async listTags(repository: string, options: ListTagsOptions = {}): Promise<readonly string[]> {
    return this.#components.listTags(repository, options);
  }

  /**
   * Lets more tags of a repository mean what a reference means.
   * @throws {DistError} TAG_EXISTS for one that means something else, unless the options allow it; nothing is written then
   */
  async tagImage(
    reference: string,
    tags: readonly string[],
    options: TagImageOptions = {},
  ): Promise<TaggedImage> {
    const { tagImage } = await import("./images/tag-image.ts");
    return tagImage(this.#components.context, reference, tags, options);
  }

  /**
   * Deletes a tag, or by its digest a manifest with all its tags. Returns `undefined` when `confirm` says no.
   * @throws {DistError} INVALID_INPUT when the registry does not do that
   */
  async deleteImage(reference: string, options: DeleteImageOptions = {}): Promise<Deletion | undefined> {
    const { deleteImage } = await import("./images/delete-image.ts");
    return deleteImage(this.#components.context, reference, options);
  }

  /** Copies what a reference means to a registry or an image layout, with all that is below it: by digest the same. */
  async copy(from: string, to: string, options: CopyOptions = {}): Promise<CopiedArtifact> {
    return (await import("./copy/copy.ts")).copy(this.#components.context, from, to, options);
  }

  /** The same of all that a lockfile names, below `HOST/PREFIX` or to a layout; fails as {@link DistClient.pullLock} does. */
  async copyLock(
    path: string,
    to: string,
    options: CopyLockOptions = {},
  ): Promise<readonly CopiedLockEntry[]> {
    return (await import("./copy/copy-lock.ts")).copyLock(this.#components.context, path, to, options);
  }

  /** Writes what references and a lockfile name into one OCI image layout, an archive or a folder, to be carried. */
  async saveBundle(options: SaveBundleOptions): Promise<readonly SavedArtifact[]> {
    return (await import("./bundle/save-bundle.ts")).saveBundle(this.#components.context, options);
  }

  /** Brings everything in a bundle, or in any OCI image layout, into the cache; verified before anything is visible. */
  async loadBundle(options: LoadBundleOptions): Promise<readonly LoadedArtifact[]> {
    return (await import("./bundle/load-bundle.ts")).loadBundle(this.#components.context, options);
  }

  /** Pushes everything in a bundle below `HOST/PREFIX`, each to its own path and tag; verified before anything is sent. */
  async pushBundle(to: string, options: PushBundleOptions): Promise<readonly CopiedArtifact[]> {
    return (await import("./copy/push-bundle.ts")).pushBundle(this.#components.context, to, options);
  }

  /** Each artifact in the cache once. Nothing is hashed for that. */
  async listCache(): Promise<readonly CacheEntry[]> {
    return this.#components.cache.list();
  }

  /** Removes artifacts, by digest of their manifest or content; what is not there is passed over. */
  async removeCached(digests: readonly string[]): Promise<void> {
    return this.#components.cache.remove(digests.map(parseDigest));
  }

  /** Removes what is broken, and what crashes left. What is whole stays, unless the options give a budget or an age. */
  async gc(options: GcOptions = {}): Promise<Sweep> {
    return (await import("./upkeep/collect.ts")).collect(this.#components.cache, options);
  }

  /** Brings an artifact into the cache, unless it is there, and lets it stay there whatever is cleaned up. */
  async pin(reference: string, { signal }: CallOptions = {}): Promise<PinnedArtifact> {
    return (await import("./upkeep/pin.ts")).pin(this.#components, reference, signal);
  }

  /** Lets go of what was pinned by this reference, or by a digest; returns what that was. */
  async unpin(reference: string): Promise<readonly PinnedArtifact[]> {
    return (await import("./upkeep/pin.ts")).unpin(this.#components, reference);
  }

  /** Everything that is pinned. */
  async listPins(): Promise<readonly PinnedArtifact[]> {
    return (await import("./upkeep/pin.ts")).listPins(this.#components);
  }

  /** Hashes everything in the cache, and moves what is not what it should be out of the way. */
  async verifyCache(options: VerifyCacheOptions = {}): Promise<CacheVerification> {
    return (await import("./upkeep/verify-cache.ts")).verifyCache(this.#components, options);
  }

  /** Where the cache lies, and how much it holds. */
  async cacheInfo(): Promise<CacheInfo> {
    return this.#components.cache.measure();
  }

  /** Lets go of connections. The client can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#components[Symbol.asyncDispose]();
  }
}
