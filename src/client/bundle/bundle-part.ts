import { DistError, limits, printable } from "../../core/index.ts";
import type { NewLayout } from "../../layout/index.ts";

/** What one reference brings into a bundle: how it is listed there, and everything below that. */
export type BundlePart = NewLayout;

/**
 * Joins what references bring.
 * @throws {DistError} INVALID_INPUT when one name is to mean two things
 */
export function joinParts(parts: readonly BundlePart[]): NewLayout {
  const entries = new Map<string, NewLayout["entries"][number]>();
  for (const entry of parts.flatMap((part) => part.entries)) {
    const { name, digest } = entry;
    const key = name ?? digest;
    const before = entries.get(key);
    if (before !== undefined && before.digest !== digest) {
      const shown = printable(key);
      const message = `\`${shown}\` is to be saved as ${before.digest} and as ${digest}`;
      const hint = "a name means one thing in a bundle: save two bundles, or pin one of them by its digest";
      throw new DistError("INVALID_INPUT", message, {}, { hint });
    }
    entries.set(key, entry);
  }
  if (entries.size > limits.descriptorsPerManifest) {
    const message = `${entries.size} artifacts are to be saved in one bundle, which can list ${limits.descriptorsPerManifest}`;
    throw new DistError("INVALID_INPUT", message, {}, { hint: "save several bundles" });
  }
  return {
    entries: [...entries.values()],
    manifests: parts.flatMap(({ manifests }) => manifests),
    blobs: parts.flatMap(({ blobs }) => blobs),
  };
}
