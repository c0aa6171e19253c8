import { type Cache, keepManifest } from "../cache/index.ts";
import {
  type Descriptor,
  isDistError,
  type ManifestDocument,
  printable,
  type ReferenceOf,
} from "../core/index.ts";
import type { RegistryClient } from "../registry/index.ts";
import { canonicalOf, shownOf } from "./canonical.ts";
import type { ResolveOptions, Source } from "./source.ts";

/** What {@link createOciSource} works with. */
export interface OciSourceOptions {
  /** Called when there is something to ask for. */
  readonly registry: () => Promise<RegistryClient>;
  /** Manifests that it holds are not asked for again; those that come are put there. */
  readonly cache: Cache;
}

/**
 * Artifacts in OCI registries. A pinned manifest that the cache holds costs no request, a tag whose manifest it holds
 * one HEAD, anything else one GET.
 */
export function createOciSource({ registry, cache }: OciSourceOptions): Source<ReferenceOf<"oci">> {
  return {
    async resolve(reference, options) {
      const { name, tenant } = reference;
      const { signal } = options;
      const text = printable(reference.text);
      const call = { signal, tenant, reference: text };
      const load = async ({ digest }: Pick<Descriptor, "digest">): Promise<ManifestDocument> => {
        const held = await cache.readManifest(digest);
        if (held !== undefined) return held;
        const client = await registry();
        const document = await client.fetchManifest({ ...name, digest }, call);
        return keep(cache, document, options, text);
      };
      const byTag = async (): Promise<ManifestDocument> => {
        const client = await registry();
        const held = await unchanged(client, cache, reference, signal);
        if (held !== undefined) return held;
        const document = await client.fetchManifest(name, call);
        return keep(cache, document, options, text);
      };
      const { digest } = name;
      return {
        kind: "manifest",
        root: digest === undefined ? await byTag() : await load({ digest }),
        load,
        open: async (layer, stop, rest) =>
          (await registry()).openBlob(name, layer, { ...call, signal: stop, verify: false, rest }),
        referrersOf: async (subject, stop) => {
          const client = await registry();
          const there = { ...name, tag: undefined, digest: subject };
          return (await client.listReferrers?.(there, { ...call, signal: stop })) ?? [];
        },
        note:
          digest === undefined
            ? { canonical: canonicalOf(reference), shown: shownOf(reference), etag: undefined }
            : undefined,
      };
    },
  };
}

/** The manifest that a tag was last seen to mean, when the cache holds it and a HEAD says that it still does. */
async function unchanged(
  registry: RegistryClient,
  cache: Cache,
  reference: ReferenceOf<"oci">,
  signal: AbortSignal | undefined,
): Promise<ManifestDocument | undefined> {
  const meaning = await cache.recall(canonicalOf(reference));
  const held = meaning === undefined ? undefined : await cache.readManifest(meaning.digest);
  if (held === undefined) return undefined;
  const head = await headOf(registry, reference, signal);
  return head?.digest === held.digest ? held : undefined;
}

/** A HEAD that says "not found" has no body to say why: the GET that follows it has. */
async function headOf(
  registry: RegistryClient,
  { name, tenant }: ReferenceOf<"oci">,
  signal: AbortSignal | undefined,
) {
  try {
    return await registry.headManifest(name, { signal, tenant });
  } catch (error) {
    if (isDistError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * Puts a manifest into the store. Where that cannot be written, the manifest is good all the same. That the disk is full is
 * said by whoever has more to write: the pull, or the note on what a tag means.
 */
async function keep(
  cache: Cache,
  document: ManifestDocument,
  { signal, onEvent }: ResolveOptions,
  reference: string,
): Promise<ManifestDocument> {
  const problem = await keepManifest(cache, document, reference, signal);
  if (problem !== undefined && problem.code !== "DISK_FULL")
    onEvent({ event: "warning", code: "CACHE_NOT_WRITABLE", message: problem.message, reference });
  return document;
}
