import { isDigest, printable } from "../../core/index.ts";
import type { ArtifactClient } from "../artifact-client.ts";

/** Something that stays in the cache until it is unpinned. */
export interface PinnedArtifact {
  /** What the reference meant when it was pinned. */
  readonly digest: string;
  /** As it was pinned, without secrets. */
  readonly reference: string;
}

/** Brings an artifact into the cache, unless it is there, and lets it stay there. */
export async function pin(
  client: ArtifactClient,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<PinnedArtifact> {
  const { digest } = await client.pull(reference, signal);
  const shown = printable(reference);
  await client.cache.changePins((pins) => new Map([...pins, [digest, shown]]));
  return { digest, reference: shown };
}

/** Lets go of what was pinned by a reference, as it was written then, or by a digest. Returns what that was. */
export async function unpin(client: ArtifactClient, reference: string): Promise<readonly PinnedArtifact[]> {
  const shown = printable(reference);
  const isMeant = ([digest, pinned]: readonly [string, string]): boolean =>
    isDigest(reference) ? digest === reference : pinned === shown;
  const meant = [...(await client.cache.readPins())].filter(isMeant);
  if (meant.length > 0) {
    await client.cache.changePins((pins) => new Map([...pins].filter((one) => !isMeant(one))));
  }
  return meant.map(([digest, pinned]) => ({ digest, reference: pinned }));
}

/** Everything that is pinned. */
export async function listPins({ cache }: ArtifactClient): Promise<readonly PinnedArtifact[]> {
  return [...(await cache.readPins())].map(([digest, reference]) => ({ digest, reference }));
}
