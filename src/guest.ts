/**
 * The distributor API for WebAssembly guests: messages, errors, and clients over WIT and over any `fetch`. Nothing of
 * Node.js is behind it.
 * @module greentic-dist/guest
 */
export {
  type ArtifactLocation,
  type ArtifactSource,
  type CacheInfo,
  type ComponentStatus,
  createTenantCtx,
  type DistributorCallOptions,
  type DistributorClient,
  type DistributorClientConfig,
  distributorClientConfigFromGreentic,
  DistributorError,
  type DistributorErrorDetails,
  type DistributorErrorKind,
  distributorMessages,
  type DistributorSource,
  type GreenticConfig,
  HttpDistributorClient,
  type HttpDistributorClientOptions,
  type Impersonation,
  type InvocationDeadline,
  isDistributorError,
  isDistributorId,
  isSecretKey,
  type PackStatusResponse,
  type ResolveComponentRequest,
  type ResolveComponentResponse,
  type ResolveRefMetadata,
  type ResolveRefResponse,
  type SecretRequirement,
  type SecretScope,
  type SignatureSummary,
  type TenantCtx,
  type TlsMode,
  type WireForm,
} from "./distributor/index.ts";
export { DistError, type DistErrorCode, isDistError } from "./core/index.ts";
