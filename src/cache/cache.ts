import { resolve } from "node:path";
import { type Digest, hexOf, type ManifestDocument, once } from "../core/index.ts";
import type { ByteSource, Expected, RestartableSource } from "../verify/index.ts";
import { locateBlob, readManifest } from "./blobs.ts";
import { bytesWithIoErrors, withIoErrors } from "./files/io-errors.ts";
import { makePublicRoot } from "./publishing/prepare.ts";
import { readRegular } from "./files/read-file.ts";
import type { Lease } from "./removal/lease.ts";
import type { Pins } from "./removal/pins.ts";
import type { Sweep, SweepOptions } from "./removal/sweep.ts";
import type { CacheInfo } from "./info.ts";
import type { CacheEntry } from "./views/list.ts";
import type { AcquireLockOptions, Lock } from "./lock/lock.ts";
import type { Metadata } from "./views/metadata.ts";
import type { OpenContent } from "./open-content.ts";
import { viewNames } from "./views/metadata.ts";
import type { Unfinished } from "./publishing/unfinished.ts";
import type { Leftover } from "./publishing/leftover.ts";
import type { PublishOptions } from "./publishing/publish.ts";
import type { Meaning } from "./refs.ts";
import type { SealOptions } from "./publishing/seal.ts";
import { type Blob, createStore, minLeftoverBytes, pathOf, withoutUse } from "./store.ts";
import { isSweepDue } from "./removal/sweep-due.ts";
import type { Staging } from "./publishing/staging.ts";
import type { Verification, VerifyStoreOptions } from "./verify.ts";
import { type Artifact, isWholeView, readMetadata, type ViewContent } from "./views/views.ts";

/**
 * A folder of artifacts that are found by digest, and hashed before they are handed out. Safe to be used by several
 * processes at once. Every method may throw IO or DISK_FULL.
 */
export interface Cache {
  /** Absolute path. */
  readonly root: string;
  /** The folder in which an artifact is shown. */
  readonly folderOf: (digest: Digest) => string;
  /** The manifest or index of a digest; `undefined` when it is not held whole, or is no manifest. */
  readonly readManifest: (digest: Digest) => Promise<ManifestDocument | undefined>;
  /** What the folder of `digest` says of the artifact that it shows; `undefined` when it says nothing. */
  readonly readMetadata: (digest: Digest) => Promise<Metadata | undefined>;
  /** Whether the folder of `digest` shows what it should, verified. */
  readonly shows: (digest: Digest, content: ViewContent) => Promise<boolean>;
  /**
   * The verified file of a content; taken over from what another program laid out under one of `alsoUnder`, when the
   * store has none itself.
   */
  readonly locate: (content: Digest, alsoUnder: readonly Digest[]) => Promise<Blob | undefined>;
  /**
   * Copies a content from a cache that is looked at before the network, verified on the way; `undefined` when none has it,
   * under its own digest or one of `alsoUnder`.
   */
  readonly takeOver: (
    content: Digest,
    alsoUnder: readonly Digest[],
    options: TakeOverOptions,
  ) => Promise<Blob | undefined>;
  /**
   * Opens a content for reading: its bytes stay readable until this is disposed of, whatever happens to the cache.
   * @throws {DistError} NOT_CACHED
   */
  readonly open: (content: Digest) => Promise<OpenContent>;
  /**
   * The bytes of a content, each chunk borrowed. Whoever reads to the end without an error has read the right ones.
   * @throws {DistError} NOT_CACHED, DIGEST_MISMATCH, while it is read
   */
  readonly read: (content: Digest) => ByteSource;
  /**
   * Streams bytes into the store, hashing them on the way.
   * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH (nothing is kept then), ABORTED; and what `source` throws
   */
  readonly publish: (
    source: RestartableSource,
    expected: Expected,
    options?: PublishOptions,
  ) => Promise<Blob>;
  /** Opens a private place for many blobs that are to be published together, or not at all. */
  readonly stage: () => Promise<Staging>;
  /**
   * What an earlier call, here or in a process that has ended, left of bytes that it could not publish. Never of less
   * than a MiB, which is as quickly fetched again.
   */
  readonly findLeftover: (bytes: Pick<Unfinished, "key" | "size">) => Promise<Leftover | undefined>;
  /**
   * Lets other processes that want `digest` too wait until it is there, or this one has given up. `undefined` where there
   * can be no locks, or the holder makes no progress: then it is fetched twice, which does no harm.
   * @throws {DistError} ABORTED
   */
  readonly lock: (digest: Digest, options?: AcquireLockOptions) => Promise<Lock | undefined>;
  /** The same for those who want to know what a web address means. */
  readonly lockMeaning: (canonical: string, options?: AcquireLockOptions) => Promise<Lock | undefined>;
  /** Shows an artifact, whose blobs are in the store, to other programs. */
  readonly show: (artifact: Artifact) => Promise<void>;
  /** What a reference last meant. */
  readonly recall: (canonical: string) => Promise<Meaning | undefined>;
  /** Notes what a reference means; `shown` is its text without secrets. */
  readonly note: (canonical: string, shown: string, meaning: Meaning) => Promise<void>;
  /** The `component.manifest.json` in the folder of a digest, unverified; `undefined` when there is none, or it is larger. */
  readonly readCompanion: (digest: Digest, maxBytes: number) => Promise<Uint8Array | undefined>;
  readonly list: () => Promise<readonly CacheEntry[]>;
  readonly remove: (digests: readonly Digest[]) => Promise<void>;
  /** Removes what is broken and what crashes left, and, where the options say so, artifacts that were not used for long. */
  readonly collectGarbage: (options: SweepOptions) => Promise<Sweep>;
  /** Removes artifacts that were not used for long, unless that was done within the last hour. */
  readonly sweepIfDue: (options: SweepOptions) => Promise<void>;
  /** Keeps what is, or will be, held under these digests from being swept; what was swept before must be looked for after this. */
  readonly lease: (digests: readonly Digest[]) => Promise<Lease>;
  /** What is never swept: digests, and the references that they were pinned by. */
  readonly readPins: () => Promise<Pins>;
  /** Changes what is never swept. */
  readonly changePins: (change: (pins: Pins) => Pins) => Promise<void>;
  /**
   * Hashes everything, and puts aside what is not what it should be.
   * @throws {DistError} ABORTED
   */
  readonly verify: (options: VerifyStoreOptions) => Promise<Verification>;
  /** Whether this user may write to the cache, or make it. Nothing is made to find out. */
  readonly isWritable: () => Promise<boolean>;
  readonly measure: () => Promise<CacheInfo>;
  /** Makes the root, where there is none, for everyone to read. */
  readonly makePublic: () => Promise<void>;
  /** Leaves the cache as it is to lie in an image, for everyone to read. */
  readonly seal: (options: SealOptions) => Promise<void>;
}

/** What {@link Cache.takeOver} may take, and who hears of it. */
export interface TakeOverOptions extends Pick<Expected, "size" | "maxBytes"> {
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes so far. */
  readonly onProgress: (receivedBytes: number) => void;
}

/** How {@link createCache} makes a {@link Cache}. */
export interface CacheOptions {
  /** Need not exist; nothing is made before something is published. */
  readonly root: string;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Hears once, when it matters, that the root lies on a network file system: then nothing is locked, or swept by itself. */
  readonly onNetwork?: (() => void) | undefined;
  /** Says which file system a path lies on, as Linux numbers them. Default: statfs(2). */
  readonly fileSystemType?: ((path: string) => Promise<number>) | undefined;
}

const writing = once(() => import("./writing.ts"));
const refs = once(() => import("./refs.ts"));

/** The cache below a root folder. What only some operations need is loaded by those. */
export function createCache({ root, now, onNetwork, fileSystemType }: CacheOptions): Cache {
  const store = createStore(resolve(root), now);
  const unused = withoutUse(store);
  const io = <T>(work: () => Promise<T>): Promise<T> => withIoErrors(store.root, work);
  const isOnNetwork = once(async (): Promise<boolean> => {
    const found = await writing();
    const isShared = found.isNetworkType(await (fileSystemType ?? found.fileSystemType)(store.root));
    if (isShared) onNetwork?.();
    return isShared;
  });
  const acquire = (
    keyOf: () => Promise<string>,
    options: AcquireLockOptions | undefined,
  ): Promise<Lock | undefined> =>
    io(async () => {
      if (await isOnNetwork()) return undefined;
      return (await writing()).acquireLock(store, await keyOf(), options);
    });
  return {
    root: store.root,
    folderOf: store.view,
    readManifest: (digest) => io(() => readManifest(store, digest)),
    readMetadata: (digest) => io(() => readMetadata(store, digest)),
    shows: (digest, content) => io(() => isWholeView(store, digest, content)),
    locate: (content, alsoUnder) => io(() => locateBlob(store, content, alsoUnder)),
    takeOver: () => Promise.resolve(undefined),
    open: (digest) =>
      io(async () => {
        const content = await (await import("./open-content.ts")).openContent(store, digest);
        return {
          size: content.size,
          read: (position, length) => io(() => content.read(position, length)),
          bytes: () => io(() => content.bytes()),
          chunks: () => bytesWithIoErrors(store.root, content.chunks()),
          [Symbol.asyncDispose]: () => io(async () => content[Symbol.asyncDispose]()),
        };
      }),
    async *read(digest) {
      const { readContent } = await import("./open-content.ts");
      yield* bytesWithIoErrors(store.root, readContent(store, digest));
    },
    publish: (source, expected, options) =>
      io(async () => (await writing()).publish(store, source, expected, options)),
    stage: () =>
      io(async () => {
        const staging = await (await import("./publishing/staging.ts")).openStaging(store);
        return {
          add: (source, expected, options) => io(() => staging.add(source, expected, options)),
          read: (digest) => bytesWithIoErrors(store.root, staging.read(digest)),
          publish: (digests) => io(() => staging.publish(digests)),
          [Symbol.asyncDispose]: () => io(async () => staging[Symbol.asyncDispose]()),
        };
      }),
    findLeftover: (bytes) =>
      io(async () => {
        if (bytes.size < minLeftoverBytes) return undefined;
        return (await import("./publishing/leftover.ts")).findLeftover(store, bytes);
      }),
    lock: (digest, options) => acquire(async () => hexOf(digest), options),
    lockMeaning: (canonical, options) =>
      acquire(async () => `address.${(await refs()).keyOf(canonical)}`, options),
    show: (artifact) =>
      io(async () => {
        const { placeViews, withRoom } = await writing();
        return withRoom(store, () => placeViews(store, artifact));
      }),
    recall: (canonical) => io(async () => (await refs()).recallMeaning(store, canonical)),
    note: (canonical, shown, meaning) =>
      io(async () => (await refs()).noteMeaning(store, canonical, shown, meaning)),
    readCompanion: (digest, maxBytes) =>
      io(() => readRegular(pathOf(store.view(digest), viewNames.componentManifest), maxBytes)),
    list: () => io(async () => (await import("./views/list.ts")).listEntries(unused)),
    remove: (digests) => io(async () => (await import("./removal/remove.ts")).removeEntries(unused, digests)),
    collectGarbage: (options) =>
      io(async () => (await import("./removal/collect.ts")).collect(unused, options)),
    sweepIfDue: (options) =>
      io(async () => {
        if (!(await isSweepDue(store)) || (await isOnNetwork())) return;
        await (await import("./removal/collect.ts")).sweepDue(unused, options);
      }),
    lease: (digests) =>
      io(async () => {
        const lease = await (await writing()).openLease(store, digests);
        return {
          add: (more) => io(() => lease.add(more)),
          [Symbol.asyncDispose]: () => io(async () => lease[Symbol.asyncDispose]()),
        };
      }),
    readPins: () => io(async () => (await import("./removal/pins.ts")).readPins(store)),
    changePins: (change) => io(async () => (await import("./removal/pins.ts")).changePins(store, change)),
    verify: (options) => io(async () => (await import("./verify.ts")).verifyStore(unused, options)),
    makePublic: () => io(() => makePublicRoot(store)),
    seal: (options) => io(async () => (await import("./publishing/seal.ts")).sealStore(unused, options)),
    isWritable: () => io(async () => (await writing()).isWritable(store)),
    measure: () => io(async () => (await import("./info.ts")).measureStore(unused)),
  };
}
