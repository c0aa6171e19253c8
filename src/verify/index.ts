/**
 * The one place that hashes and counts what arrives, from wherever it comes. Knows nothing of networks, files or
 * the cache.
 * @module
 */
export {
  type ByteSource,
  type RestartableSource,
  startOver,
  verified,
  verifyInto,
  type VerifyIntoOptions,
} from "./streams.ts";
export { createVerifier, type Expected, type Measured, refuseTooLarge, verifyBytes } from "./verifier.ts";
