import type { Digest } from "../../core/index.ts";
import { createTurns } from "../files/in-turns.ts";
import { readManifestSync } from "../read-manifest-sync.ts";
import type { Store } from "../store.ts";

/** `digests`, and everything that the manifests and indexes among them lead to, as far as the store holds them. */
export async function reachableFrom(store: Store, digests: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
  const reached = new Set(digests);
  const next = createTurns();
  // The set grows while it is walked.
  for (const digest of reached) {
    await next();
    const manifest = readManifestSync(store, digest);
    if (manifest === undefined) continue;
    for (const { digest: below } of manifest.kind === "index" ? manifest.manifests : manifest.layers)
      reached.add(below);
  }
  return reached;
}
