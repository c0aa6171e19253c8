import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { DistError, type Digest } from "../core/index.ts";

/**
 * Checks bytes without Node.js: a guest has no other way.
 * @throws {DistError} DIGEST_MISMATCH
 */
export function checkDigest(bytes: Uint8Array, expected: Digest): void {
  const actual = `sha256:${bytesToHex(sha256(bytes))}`;
  if (actual === expected) return;
  throw new DistError(
    "DIGEST_MISMATCH",
    `digest mismatch for \`${expected}\`: expected ${expected}, got ${actual}`,
    { reference: expected, expected, actual },
  );
}
