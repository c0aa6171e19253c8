/**
 * The words of this project as values: references, digests, descriptors, manifests, errors and events. Knows nothing
 * of files, networks, processes or time.
 * @module
 */
export { type Decoded, decodeJson, type DecodeJsonOptions } from "./decode-json.ts";
export type { Descriptor, Platform } from "./descriptor.ts";
export { type Digest, digestFromHex, hexOf, isDigest, parseDigest } from "./digest.ts";
export {
  abortedError,
  type CertificateDetails,
  DistError,
  type DistErrorCode,
  type DistErrorOptions,
  type ErrorDetails,
  errnoOf,
  errorTable,
  type HttpFailureDetails,
  isDistError,
  type MismatchDetails,
  type MismatchedFile,
  type RegistryErrorEntry,
  type SubjectDetails,
  throwIfAborted,
} from "./errors.ts";
export { type DistEvent, type OnEvent, type WarningCode, warningTable } from "./events.ts";
export { inParallel } from "./in-parallel.ts";
export { isJsonObject, type JsonObject, parseJson } from "./json.ts";
export {
  bestLayers,
  componentLayers,
  describeLayer,
  isComponentManifest,
  type LayerRank,
  ofType,
  packLayers,
  whyBest,
} from "./layer.ts";
export { limits } from "./limits.ts";
export {
  type ImageIndex,
  type ImageManifest,
  type Manifest,
  type ManifestDocument,
  annotationsOf,
  blobsOf,
  descriptorOf,
  parseManifest,
  subjectOf,
  titleOf,
} from "./manifest.ts";
export { essenceOf, manifestMediaTypes, mediaTypes } from "./media-type.ts";
export { formatBytes } from "./format-bytes.ts";
export { normalHost } from "./normal-host.ts";
export { once } from "./once.ts";
export { canBeRegistry, isTag, type OciName, parseOciName, printOciName } from "./oci-name.ts";
export { parsePlatform, printPlatform, walkIndex, type WalkOptions } from "./platform.ts";
export { bareAddress, printable, visible, withoutSecrets } from "./printable.ts";
export { relatedTo, relating } from "./related-to.ts";
export { snakeCase } from "./snake-case.ts";
export { compareTags, versionOfTag } from "./tag-version.ts";
export { unlessAborted } from "./unless-aborted.ts";
export { version } from "./version.ts";
export { compareVersions, isSemver } from "./version-order.ts";
export { invalidReference, parseReference, type Reference, type ReferenceOf } from "./reference.ts";
