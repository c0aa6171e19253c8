import type { BadFile, Origin } from "../../cache/index.ts";
import { inParallel, isDistError, parseReference } from "../../core/index.ts";
import type { ArtifactClient } from "../artifact-client.ts";

/** How a cache is verified. */
export interface VerifyCacheOptions {
  /** Brings what is bad again, by the digest that was noted with its reference. Default: false. */
  readonly repair?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file of the cache that was not what it should be. */
export interface VerifiedFile extends Omit<BadFile, "origin" | "place"> {
  /** Whether it is in the cache again, verified. */
  readonly repaired: boolean;
}

/** What was found in a cache. */
export interface CacheVerification {
  /** How many blobs and folders were looked at. */
  readonly checked: number;
  readonly bad: readonly VerifiedFile[];
}

/** Hashes everything in the cache, puts aside what is bad, and with `repair` brings it again. */
export async function verifyCache(
  client: ArtifactClient,
  { repair = false, signal }: VerifyCacheOptions,
): Promise<CacheVerification> {
  let shownPercent = -1;
  const onProgress = (checked: number, total: number): void => {
    const percent = Math.floor((checked / total) * 100);
    if (percent === shownPercent) return;
    shownPercent = percent;
    client.settings.onEvent({ event: "verifying", checked, total });
  };
  const { checked, bad } = await client.cache.verify({ signal, onProgress });
  const files = await inParallel(bad, async ({ origin, place, ...file }): Promise<VerifiedFile> => {
    const repaired = repair && (await isRepaired(client, { origin, place, ...file }, signal));
    return { ...file, repaired };
  });
  return { checked, bad: files };
}

/** Brings one file again: from the cache where that has the bytes elsewhere, else from where it came from. */
async function isRepaired(
  client: ArtifactClient,
  { place, digest, origin }: BadFile,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    if (place === "view") {
      await client.pull(pinOf(origin) ?? digest, signal);
      return true;
    }
    const folders = origin === undefined ? [] : [origin.digest];
    if ((await client.cache.locate(digest, folders)) !== undefined) return true;
    const pin = pinOf(origin);
    if (pin === undefined) return false;
    // An index or a manifest is fetched to know what it means; of the rest nothing is needed.
    await (digest === origin?.digest ? client.resolve(pin, signal) : client.pull(pin, signal));
    return (await client.cache.locate(digest, folders)) !== undefined;
  } catch (error) {
    if (!isDistError(error) || isDistError(error, "ABORTED")) throw error;
    return false;
  }
}

/** The reference, pinned; `undefined` where no digest can be asked for. */
function pinOf(origin: Origin | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const [name = ""] = origin.reference.split("@");
  const pin = `${name}@${origin.digest}`;
  const { kind } = parseReference(pin, { pathExists: () => false });
  return kind === "oci" || kind === "mapped" ? pin : undefined;
}
