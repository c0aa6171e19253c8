import {
  type Digest,
  DistError,
  inParallel,
  type OciName,
  printable,
  printOciName,
} from "../../core/index.ts";
import type { FindManifestOptions, RegistryWriter } from "../../registry/index.ts";

/** What {@link tagsToWrite} compares. */
export interface TagsToWriteOptions {
  readonly tags: readonly string[];
  /** What they are to mean. */
  readonly digest: Digest;
  /** Whether tags may change what they mean. */
  readonly force: boolean;
  /** Printable. */
  readonly reference: string;
  readonly tenant: string | undefined;
  /** What is done with them, as messages say it. Default: a push. */
  readonly action?: FindManifestOptions["action"];
  /** What can be done where one means something else. Default: to choose another tag. */
  readonly instead?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Those of the tags that do not mean `digest` yet.
 * @throws {DistError} TAG_EXISTS when one means something else and must not be changed; nothing was written then
 */
export async function tagsToWrite(
  writer: RegistryWriter,
  name: OciName,
  { tags, digest, force, instead = "choose another tag", ...call }: TagsToWriteOptions,
): Promise<readonly string[]> {
  const meanings = await inParallel(tags, (tag) =>
    writer.findManifest({ ...name, tag, digest: undefined }, call),
  );
  const changed = tags.filter((_, i) => meanings[i] !== digest);
  const taken = force ? -1 : tags.findIndex((_, i) => meanings[i] !== undefined && meanings[i] !== digest);
  const [actual, tag] = [meanings[taken], tags[taken]];
  if (actual === undefined || tag === undefined) return changed;
  const reference = printable(printOciName({ ...name, tag, digest: undefined }));
  throw new DistError(
    "TAG_EXISTS",
    `\`${reference}\` means something else: expected ${digest}, got ${actual}`,
    { reference, tag, expected: digest, actual },
    { hint: `${instead}, or let it mean this one from now on with --force` },
  );
}
