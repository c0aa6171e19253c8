/**
 * Asking a distributor for components and packs: its messages, one `DistributorClient` over HTTP, one over WIT, and
 * chains of sources. Uses nothing of Node.js, so that it can be bundled into a WebAssembly guest; knows nothing of
 * caches, registries or files.
 * @module
 */
export {
  type DistributorClientConfig,
  distributorClientConfigFromGreentic,
  type GreenticConfig,
  type TlsMode,
} from "./config.ts";
export { ChainedDistributorSource } from "./chained-distributor-source.ts";
export type {
  Awaitable,
  DistributorApiBindings,
  WitArtifactSource,
  WitPackStatusResponse,
  WitResolveComponentRequest,
  WitResolveComponentResponse,
  WitResolveRefMetadata,
  WitResolveRefResponse,
  WitSecretRequirement,
} from "./distributor-api-bindings.ts";
export type { ArtifactSource, DistributorCallOptions, DistributorClient } from "./distributor-client.ts";
export {
  DistributorError,
  type DistributorErrorDetails,
  type DistributorErrorKind,
  isDistributorError,
} from "./distributor-error.ts";
export {
  createDistributorHost,
  type DistributorApiAnswers,
  type DistributorHost,
  type DistributorHostOptions,
} from "./distributor-host.ts";
export { distributorMessages, type WireForm } from "./distributor-messages.ts";
export type { DistributorSource } from "./distributor-source.ts";
export { GeneratedDistributorApiBindings } from "./generated-distributor-api-bindings.ts";
export { HttpDistributorClient, type HttpDistributorClientOptions } from "./http-distributor-client.ts";
export { isDistributorId, isSecretKey } from "./identifier.ts";
export type { PackStatusResponse } from "./pack-status.ts";
export type {
  ArtifactLocation,
  CacheInfo,
  ComponentStatus,
  ResolveComponentRequest,
  ResolveComponentResponse,
  ResolveRefMetadata,
  ResolveRefResponse,
  SignatureSummary,
} from "./resolved-component.ts";
export type { SecretRequirement, SecretScope } from "./secret-requirement.ts";
export {
  createTenantCtx,
  type Impersonation,
  type InvocationDeadline,
  type TenantCtx,
} from "./tenant-ctx.ts";
export { WitDistributorClient } from "./wit-distributor-client.ts";
