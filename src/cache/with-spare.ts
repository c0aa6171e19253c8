import type { Digest } from "../core/index.ts";
import type { Cache } from "./cache.ts";

/**
 * A {@link Cache} that goes on where its folder cannot be written: it serves what it holds, and what it does not hold goes to
 * another cache.
 * @param openSpare makes the other one, which takes over from this one, when it is needed; `undefined` where it cannot
 */
export function withSpare(cache: Cache, openSpare: () => Promise<Cache | undefined>): Cache {
  let opened: Promise<Cache | undefined> | undefined;
  const spare = (): Promise<Cache | undefined> =>
    (opened ??= cache.isWritable().then((isWritable) => (isWritable ? undefined : openSpare())));
  /** Where new things go. */
  const target = async (): Promise<Cache> => (await spare()) ?? cache;
  const elsewhere = new Map<Digest, Cache>();
  /** What the cache says, else what the other one does. */
  const either = async <T>(ask: (one: Cache) => Promise<T | undefined>): Promise<T | undefined> => {
    const found = await ask(cache);
    if (found !== undefined) return found;
    const other = await spare();
    return other === undefined ? undefined : ask(other);
  };
  const homeOf = (digest: Digest): Cache => elsewhere.get(digest) ?? cache;
  return {
    ...cache,
    folderOf: (digest) => homeOf(digest).folderOf(digest),
    async readManifest(digest) {
      const found = await cache.readManifest(digest);
      // The digest of a content that is here is no manifest's, and to learn more would only take time.
      const isContent = found === undefined && (await cache.readMetadata(digest)) !== undefined;
      return isContent ? undefined : (found ?? (await spare())?.readManifest(digest));
    },
    readMetadata: (digest) => homeOf(digest).readMetadata(digest),
    readCompanion: (digest, maxBytes) => homeOf(digest).readCompanion(digest, maxBytes),
    async shows(digest, content) {
      if (await cache.shows(digest, content)) return true;
      const other = await spare();
      if (other === undefined || !(await other.shows(digest, content))) return false;
      elsewhere.set(digest, other);
      return true;
    },
    locate: (content, alsoUnder) => either((one) => one.locate(content, alsoUnder)),
    async open(content) {
      const isHere = (await cache.locate(content, [])) !== undefined;
      return (isHere ? cache : await target()).open(content);
    },
    async *read(content) {
      const isHere = (await cache.locate(content, [])) !== undefined;
      yield* (isHere ? cache : await target()).read(content);
    },
    publish: async (source, expected, options) => (await target()).publish(source, expected, options),
    stage: async () => (await target()).stage(),
    findLeftover: async (bytes) => (await target()).findLeftover(bytes),
    lock: async (digest, options) => (await target()).lock(digest, options),
    lockMeaning: async (canonical, options) => (await target()).lockMeaning(canonical, options),
    async show(artifact) {
      const other = await spare();
      if (other === undefined) return cache.show(artifact);
      const { content, componentManifest, metadata } = artifact;
      await bringTo(other, [content, componentManifest], metadata.manifestDigest);
      await other.show(artifact);
      elsewhere.set(content, other);
      if (metadata.manifestDigest !== undefined) elsewhere.set(metadata.manifestDigest, other);
    },
    recall: (canonical) => either((one) => one.recall(canonical)),
    note: async (canonical, shown, meaning) => (await target()).note(canonical, shown, meaning),
    lease: async (digests) => (await target()).lease(digests),
    sweepIfDue: async (options) => (await target()).sweepIfDue(options),
  };
}

/** Brings what is to be shown to where it is to be shown. */
async function bringTo(
  cache: Cache,
  blobs: readonly (Digest | undefined)[],
  manifest: Digest | undefined,
): Promise<void> {
  const alsoUnder = manifest === undefined ? [] : [manifest];
  // Whether it is too large was decided when it came.
  const maxBytes = Number.MAX_SAFE_INTEGER;
  const options = { size: undefined, maxBytes, signal: undefined, onProgress: () => undefined };
  for (const blob of blobs) {
    if (blob === undefined || (await cache.locate(blob, [])) !== undefined) continue;
    await cache.takeOver(blob, alsoUnder, options);
  }
}
