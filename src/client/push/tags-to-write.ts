import { type Digest, DistError, inParallel, type OciName, printable } from "../../core/index.ts";
import type { RegistryWriter } from "../../registry/index.ts";

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
  readonly signal: AbortSignal | undefined;
}

/**
 * Those of the tags that do not mean `digest` yet.
 * @throws {DistError} TAG_EXISTS when one means something else and must not be changed; nothing was written then
 */
export async function tagsToWrite(
  writer: RegistryWriter,
  name: OciName,
  { tags, digest, force, reference, tenant, signal }: TagsToWriteOptions,
): Promise<readonly string[]> {
  const meanings = await inParallel(tags, (tag) =>
    writer.findManifest({ ...name, tag, digest: undefined }, { reference, tenant, signal }),
  );
  const changed = tags.filter((_, i) => meanings[i] !== digest);
  const taken = force ? -1 : tags.findIndex((_, i) => meanings[i] !== undefined && meanings[i] !== digest);
  const actual = meanings[taken];
  if (actual === undefined) return changed;
  throw new DistError(
    "TAG_EXISTS",
    `the tag \`${printable(tags[taken] ?? "")}\` of \`${reference}\` means something else: expected ${digest}, got ${actual}`,
    { reference, expected: digest, actual },
    { hint: "choose another tag, or let it mean this one from now on with --force" },
  );
}
