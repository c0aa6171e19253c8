import { type Digest, DistError } from "../../core/index.ts";
import { compareEntry } from "../../lockfile/index.ts";
import type { Pull } from "./pull-context.ts";

/**
 * The error when an artifact is not what a lock pins: the digest of a manifest on the way to it, `manifests`, index
 * first, or that of its content. `undefined` when it is.
 */
export function mismatchOf(
  { pins, text: reference }: Pull,
  manifests: readonly Digest[],
  content: Digest,
): DistError<"DIGEST_MISMATCH"> | undefined {
  const digest = manifests.find((manifest) => manifest === pins.digest) ?? manifests[0] ?? content;
  const comparison = compareEntry(pins, { digest, contentDigest: content });
  if (comparison.state !== "moved") return undefined;
  const { expected, actual } = comparison;
  return new DistError(
    "DIGEST_MISMATCH",
    `digest mismatch for \`${reference}\`: expected ${expected}, got ${actual}`,
    { reference, expected, actual },
    {
      hint: "it means something else than when the lock was written, and was not kept; if that is meant: `greentic-dist lock update FILE`",
    },
  );
}
