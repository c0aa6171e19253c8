/**
 * Reads manifests and blobs from OCI registries (distribution-spec v1.1), and logs in where they ask for it. Knows
 * nothing of caches, files that artifacts go to, or which layer of a manifest is wanted; hands out no byte that was
 * not checked, unless the caller says that it checks itself.
 * @module greentic-dist/registry
 */
export { type OciName, parseOciName } from "../core/index.ts";
export {
  type Authorities,
  createWireHttp,
  type HostTls,
  type Http,
  type HttpBody,
  httpFromFetch,
  type HttpRequest,
  type HttpRequestStream,
  type HttpResponse,
  type HttpTimeouts,
  type PartialBytes,
  type RestOf,
  type ProxySettings,
  type ProxyText,
  type WireHttpOptions,
} from "../http/index.ts";
export type { ByteSource } from "../verify/index.ts";
export { type AccessReport, printAccess } from "./auth/access-report.ts";
export { checkLogin, type CheckLoginOptions } from "./auth/check-login.ts";
export { createCredentials, type CredentialSources, type KnownLogins } from "./auth/create-credentials.ts";
export {
  anonymous,
  type Credential,
  type CredentialProvider,
  type CredentialTarget,
  type NoCredential,
} from "./auth/credentials.ts";
export { type DockerConfig, loginFrom, normalKey, type StoredLogin } from "./auth/docker-config.ts";
export type { GivenCredential } from "./auth/given-credentials.ts";
export type { CredentialHelpers, HelperAnswer } from "./auth/helpers.ts";
export { Secret } from "./auth/secret.ts";
export type { OpenBytes } from "./push/blob-bytes.ts";
export { createRegistryWriter, type RegistryWriterOptions } from "./push/create-registry-writer.ts";
export type {
  FindManifestOptions,
  RegistryWriter,
  WriteBlobToRegistryOptions,
} from "./push/registry-writer.ts";
export { createRegistryClient, type OpenBlobOptions, type RegistryClient } from "./client.ts";
export type { RegistryCallOptions, RegistryClientOptions } from "./calls.ts";
export { createMirroredClient, type MirroredClientOptions, type Place } from "./mirrored-client.ts";
export type { ManifestHead } from "./manifest-head.ts";
export type { Ping } from "./ping.ts";
