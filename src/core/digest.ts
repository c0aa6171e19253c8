import { DistError } from "./errors.ts";
import { printable } from "./printable.ts";

/**
 * `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec v1.1, "Digests"). Values come from
 * {@link isDigest} or `parseDigest` only, so a `Digest` can never name a path outside the cache.
 */
export type Digest = `sha256:${string}` & { readonly __digest: unique symbol };

const pattern = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a well-formed {@link Digest}. */
export function isDigest(text: string): text is Digest {
  return text.length === 71 && pattern.test(text);
}

/**
 * The digest that `text` spells.
 * @throws {DistError} INVALID_INPUT
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new DistError(
    "INVALID_INPUT",
    `\`${printable(text)}\` is no digest: expected sha256: and 64 lower-case hex digits`,
    {},
    { hint: "`greentic-dist cache ls` prints the digests that the cache holds" },
  );
}

/** The digest of 64 hexadecimal digits, or `undefined` when `hex` is anything else. */
export function digestFromHex(hex: string): Digest | undefined {
  const text = `sha256:${hex}`;
  return isDigest(text) ? text : undefined;
}

/** The 64 hexadecimal digits of `digest`: the name of its folder in the cache. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
