import { createHash } from "node:crypto";
import { type Digest, digestFromHex, DistError } from "../core/index.ts";

/** What is known of the bytes before they arrive. */
export interface Expected {
  /** Stands in messages and error details for the bytes: the reference that led to them. */
  readonly reference: string;
  /** Default: any digest will do. */
  readonly digest?: Digest | undefined;
  /** In bytes. Default: any size up to `maxBytes`. */
  readonly size?: number | undefined;
  /** Most bytes to take when no size is known, or to accept as a size. */
  readonly maxBytes: number;
}

/** What the bytes turned out to be. */
export interface Measured {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** Hashes and counts bytes as they pass, and says in the end whether they were the expected ones. */
export interface Verifier {
  /**
   * Takes the next bytes; they are not kept.
   * @throws {DistError} SIZE_MISMATCH as soon as there are more than expected
   */
  readonly update: (chunk: Uint8Array) => void;
  /** @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH */
  readonly finish: () => Measured;
}

/**
 * The one place that decides whether bytes are what a digest and a size promised.
 * @throws {DistError} SIZE_MISMATCH when the expected size is over `maxBytes`
 */
export function createVerifier(expected: Expected): Verifier {
  refuseTooLarge(expected);
  const { reference, digest, size, maxBytes } = expected;
  const hash = createHash("sha256");
  let received = 0;
  return {
    update(chunk) {
      received += chunk.length;
      if (size !== undefined && received > size) throw wrongSize(reference, size, received);
      if (received > maxBytes) throw tooLarge(reference, maxBytes, received);
      hash.update(chunk);
    },
    finish() {
      if (size !== undefined && received !== size) throw wrongSize(reference, size, received);
      const actual = digestFromHex(hash.digest("hex"));
      if (actual === undefined) throw new TypeError("a sha256 hash has 64 hexadecimal digits");
      if (digest !== undefined && actual !== digest) throw wrongDigest(reference, digest, actual);
      return { digest: actual, size: received };
    },
  };
}

/**
 * Refuses what is announced to be larger than is accepted, before anyone asks for it.
 * @throws {DistError} SIZE_MISMATCH
 */
export function refuseTooLarge({ reference, size, maxBytes }: Expected): void {
  if (size !== undefined && size > maxBytes) throw tooLarge(reference, maxBytes, size);
}

/**
 * Checks bytes that are wholly in memory.
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH
 */
export function verifyBytes(bytes: Uint8Array, expected: Expected): Measured {
  const verifier = createVerifier(expected);
  verifier.update(bytes);
  return verifier.finish();
}

function wrongDigest(reference: string, expected: Digest, actual: Digest): DistError<"DIGEST_MISMATCH"> {
  return new DistError(
    "DIGEST_MISMATCH",
    `digest mismatch for \`${reference}\`: expected ${expected}, got ${actual}`,
    { reference, expected, actual },
    { hint: "the bytes were changed on the way or at their source; nothing of them was kept" },
  );
}

function wrongSize(reference: string, expected: number, actual: number): DistError<"SIZE_MISMATCH"> {
  const got = actual > expected ? `more than that` : `${actual}`;
  return new DistError(
    "SIZE_MISMATCH",
    `size mismatch for \`${reference}\`: expected ${expected} bytes, got ${got}`,
    { reference, expected, actual },
    { hint: "the bytes were changed on the way or at their source; nothing of them was kept" },
  );
}

function tooLarge(reference: string, expected: number, actual: number): DistError<"SIZE_MISMATCH"> {
  return new DistError(
    "SIZE_MISMATCH",
    `\`${reference}\` is larger than the limit of ${expected} bytes`,
    { reference, expected, actual },
    { hint: "raise the limit with maxArtifactBytes if this size is meant" },
  );
}
