import { basename, resolve } from "node:path";
import {
  type Digest,
  errnoOf,
  isDistError,
  limits,
  type ManifestDocument,
  printable,
} from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { manifestOf, placesOf } from "./blobs.ts";
import type { Cache, TakeOverOptions } from "./cache.ts";
import { chunksOf } from "./hashing/hash-file.ts";
import { ifPresent } from "./files/io-errors.ts";
import { keepManifest } from "./publishing/keep-manifest.ts";
import { viewNames } from "./views/metadata.ts";
import { stat } from "./files/quick-fs.ts";
import { openRegular, readRegular } from "./files/read-file.ts";
import { type Blob, createStore, type Store } from "./store.ts";

/** Which caches {@link withTiers} looks into, and who hears of it. */
export interface TierOptions {
  /** Roots, in the order in which they are asked. Each may be a cache of ours or of the Rust tool. */
  readonly roots: readonly string[];
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Hears once of each file, or root, that is passed over because it is not what it should be. */
  readonly onFault: (message: string) => void;
  /** Hears of each file that was taken over. */
  readonly onTaken: (path: string, digest: Digest) => void;
}

/** A place in a tier where a content may lie. */
interface Candidate {
  readonly path: string;
  /** Whether its place says that it is this content, so that anything else there is a fault. */
  readonly isNamed: boolean;
}

/**
 * A {@link Cache} that looks into others, which are only read, for what it does not hold itself. What they have is
 * verified while it is copied: neither their names nor their notes are believed.
 */
export function withTiers(cache: Cache, { roots, now, onFault, onTaken }: TierOptions): Cache {
  const said = new Set<string>();
  const fault = (path: string, problem: string): void => {
    if (!said.has(path)) onFault(`passed over ${printable(path)}: ${printable(problem)}`);
    said.add(path);
  };
  const stores = roots
    .map((root) => createStore(resolve(root), now))
    .filter(({ root }) => root !== cache.root);
  /** What comes of the first tier in which `look` finds something; what cannot be read there is passed over. */
  const first = async <T>(look: (tier: Store) => Promise<T | undefined>): Promise<T | undefined> => {
    for (const tier of stores) {
      const found = await attempt(tier.root, async () => {
        if ((await ifPresent(stat(tier.root)))?.isDirectory() === true) return look(tier);
        fault(tier.root, "no such folder");
        return undefined;
      });
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const attempt = async <T>(path: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      // Whatever the system says of somebody else's cache: there is still the network.
      if (errnoOf(error) === undefined) throw error;
      fault(path, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  return {
    ...cache,
    readManifest: async (digest) => {
      const held = await cache.readManifest(digest);
      if (held !== undefined || stores.length === 0) return held;
      const found = await first((tier) => readManifestOf(tier, digest, fault));
      if (found !== undefined) await keepManifest(cache, found, digest, undefined);
      return found;
    },
    recall: async (canonical) => {
      const held = await cache.recall(canonical);
      if (held !== undefined || stores.length === 0) return held;
      const { recallMeaning } = await import("./refs.ts");
      return first((tier) => recallMeaning(tier, canonical));
    },
    takeOver: (content, alsoUnder, options) =>
      first(async (tier) => {
        for (const candidate of await candidatesOf(tier, content, alsoUnder)) {
          const { path } = candidate;
          const blob = await copyCandidate(cache, candidate, content, options, fault);
          if (blob === undefined) continue;
          onTaken(path, content);
          return blob;
        }
        return undefined;
      }),
  };
}

type OnProblem = (path: string, problem: string) => void;

async function candidatesOf(
  tier: Store,
  content: Digest,
  alsoUnder: readonly Digest[],
): Promise<readonly Candidate[]> {
  const [own, others] = [await placesOf(tier, [content]), await placesOf(tier, alsoUnder)];
  return [
    { path: tier.blob(content), isNamed: true },
    ...own.map((path) => ({ path, isNamed: basename(path) !== viewNames.componentManifest })),
    ...others.map((path) => ({ path, isNamed: false })),
  ];
}

/** Copies a file into the cache when its bytes are those of `digest`. */
async function copyCandidate(
  cache: Cache,
  { path, isNamed }: Candidate,
  digest: Digest,
  { size, maxBytes, signal, onProgress }: TakeOverOptions,
  fault: OnProblem,
): Promise<Blob | undefined> {
  // Refused wherever it comes from; that is for the caller to say.
  if (size !== undefined && size > maxBytes) return undefined;
  await using handle = await openTier(path, fault);
  if (handle === undefined) return undefined;
  let failure: Error | undefined;
  const source = async function* (): ByteSource {
    try {
      yield* chunksOf(handle);
    } catch (error) {
      if (error instanceof Error) failure = error;
      throw error;
    }
  };
  const { size: found } = await handle.stat();
  if (size !== undefined && found !== size) {
    if (isNamed) fault(path, `expected ${size} bytes, got ${found}`);
    return undefined;
  }
  try {
    return await cache.publish(source(), { reference: path, digest, size, maxBytes }, { signal, onProgress });
  } catch (error) {
    const isOther = isDistError(error, "DIGEST_MISMATCH") || isDistError(error, "SIZE_MISMATCH");
    if (failure === undefined && !isOther) throw error;
    const problem = failure ?? error;
    if (isNamed || failure !== undefined) fault(path, problem instanceof Error ? problem.message : "");
    return undefined;
  }
}

async function openTier(path: string, fault: OnProblem) {
  try {
    return await openRegular(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    fault(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** The manifest that a tier holds in its store. */
async function readManifestOf(
  tier: Store,
  digest: Digest,
  fault: OnProblem,
): Promise<ManifestDocument | undefined> {
  const path = tier.blob(digest);
  const bytes = await readRegular(path, limits.manifestBytes);
  if (bytes === undefined) return undefined;
  const { verifyBytes } = await import("../verify/index.ts");
  try {
    verifyBytes(bytes, { reference: path, digest, maxBytes: bytes.length });
  } catch (error) {
    if (!isDistError(error, "DIGEST_MISMATCH")) throw error;
    fault(path, error.message);
    return undefined;
  }
  const manifest = manifestOf(bytes);
  return manifest === undefined ? undefined : { digest, bytes, manifest };
}
