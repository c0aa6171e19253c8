import type { Cache, Meaning } from "../cache/index.ts";
import {
  type Descriptor,
  type Digest,
  DistError,
  type ManifestDocument,
  mediaTypes,
  printable,
  type Reference,
  type ReferenceOf,
} from "../core/index.ts";
import { canonicalOf } from "./canonical.ts";
import type { Resolution, ResolveOptions, Source } from "./source.ts";

/**
 * What the cache holds. Answers for digests always, and offline for everything else: then a tag or an address means
 * what it last meant.
 */
export function createCacheSource(
  cache: Cache,
): Source<ReferenceOf<"digest"> | ReferenceOf<"oci"> | ReferenceOf<"https">> {
  return {
    async resolve(reference, options) {
      if (reference.kind === "digest") return fromDigest(cache, reference, reference.digest, undefined);
      const pin = reference.kind === "oci" ? reference.name.digest : undefined;
      if (pin !== undefined) return fromDigest(cache, reference, pin, "");
      const meaning = await cache.recall(canonicalOf(reference));
      if (meaning === undefined) throw unavailable(reference);
      const resolution = await fromDigest(cache, reference, meaning.digest, meaning.mediaType);
      announce(reference, meaning, options);
      return resolution;
    },
  };
}

async function fromDigest(
  cache: Cache,
  reference: Reference,
  digest: Digest,
  /** Default: what its folder says, for want of anything better. */
  mediaType: string | undefined,
): Promise<Resolution> {
  const unavailableHere = (): Promise<never> => Promise.reject(unavailable(reference));
  const root = reference.kind === "https" ? undefined : await cache.readManifest(digest);
  if (root !== undefined) {
    const load = async (entry: Pick<Descriptor, "digest">): Promise<ManifestDocument> =>
      (await cache.readManifest(entry.digest)) ?? unavailableHere();
    return { kind: "manifest", root, load, open: unavailableHere, note: undefined };
  }
  if (reference.kind === "oci") throw unavailable(reference);
  return {
    kind: "content",
    digest,
    size: undefined,
    mediaType: mediaType ?? ((await cache.readMetadata(digest))?.mediaType || mediaTypes.wasm),
    open: unavailableHere,
    discard: () => undefined,
    note: undefined,
  };
}

function unavailable({ kind, text }: Reference): DistError {
  const reference = printable(text);
  return kind === "digest"
    ? new DistError(
        "NOT_CACHED",
        `reference \`${reference}\` is not cached`,
        { reference },
        {
          hint: "pull the artifact by its registry reference first; `greentic-dist cache ls` shows what is here",
        },
      )
    : new DistError(
        "OFFLINE",
        `offline mode forbids fetching \`${reference}\``,
        { reference },
        { hint: "pull it once without --offline (and without GREENTIC_DIST_OFFLINE=1)" },
      );
}

function announce({ text }: Reference, { digest, seenAt }: Meaning, { onEvent }: ResolveOptions): void {
  onEvent({
    event: "warning",
    code: "SERVED_OFFLINE",
    message: `offline: \`${printable(text)}\` is served as ${digest}, which it meant on ${new Date(seenAt).toISOString()}`,
    reference: printable(text),
  });
}
