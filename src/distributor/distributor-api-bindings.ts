/**
 * The functions of the WIT interface `greentic:distributor-api/distributor`, 1.0.0 or 1.1.0, as jco gives them to
 * JavaScript. In a guest, its import is one:
 * `import * as bindings from "greentic:distributor-api/distributor@1.1.0"`.
 */
export interface DistributorApiBindings {
  resolveComponent(request: WitResolveComponentRequest): Awaitable<WitResolveComponentResponse>;
  /** JSON in a text. */
  getPackStatus(tenantId: string, environmentId: string, packId: string): Awaitable<string>;
  getPackStatusV2(tenantId: string, environmentId: string, packId: string): Awaitable<WitPackStatusResponse>;
  warmPack(tenantId: string, environmentId: string, packId: string): Awaitable<void>;
  /** Since 1.1.0. */
  readonly resolveRef?: ((ref: string) => Awaitable<WitResolveRefResponse>) | undefined;
  /** Since 1.1.0. */
  readonly getByDigest?: ((digest: string) => Awaitable<WitArtifactSource>) | undefined;
}

/** What is there at once, or later. */
export type Awaitable<T> = T | Promise<T>;

/** `record resolve-component-request` */
export interface WitResolveComponentRequest {
  readonly tenantId: string;
  readonly environmentId: string;
  readonly packId: string;
  readonly componentId: string;
  readonly version: string;
  /** JSON in a text. */
  readonly extra: string;
}

/** `record resolve-ref-metadata` (1.1.0), and what it has in common with `resolve-component-response`. */
export interface WitResolveRefMetadata {
  readonly componentStatus: "pending" | "ready" | "failed";
  /** `kind`: `file` or `file_path`, `oci` or `oci_reference`; anything else is a handle of the distributor's. */
  readonly artifactLocation: { readonly kind: string; readonly value: string };
  /** `extra`: JSON in a text. */
  readonly signatureSummary: { readonly verified: boolean; readonly signer: string; readonly extra: string };
  readonly cacheInfo: {
    /** A number in a guest that runs on QuickJS; a host takes a bigint only. */
    readonly sizeBytes: bigint | number;
    readonly lastUsedUtc: string;
    readonly lastRefreshedUtc: string;
  };
  readonly secretRequirements: readonly WitSecretRequirement[];
}

/** `record resolve-component-response` */
export interface WitResolveComponentResponse extends WitResolveRefMetadata {
  readonly digest: string;
}

/** `record resolve-ref-response` (1.1.0) */
export interface WitResolveRefResponse {
  readonly digest: string;
  readonly metadata: WitResolveRefMetadata;
}

/** `record pack-status-response` */
export interface WitPackStatusResponse {
  readonly status: string;
  readonly secretRequirements: readonly WitSecretRequirement[];
  /** JSON in a text. */
  readonly extra: string;
}

/** `variant artifact-source` (1.1.0) */
export type WitArtifactSource =
  | { readonly tag: "bytes"; readonly val: Uint8Array }
  | { readonly tag: "path"; readonly val: string };

/**
 * `record secret-requirement` of `greentic:secrets-types/types@1.0.0`. What is not there is `undefined`, or `null` in a
 * guest that runs on QuickJS.
 */
export interface WitSecretRequirement {
  readonly key: string;
  readonly required: boolean;
  readonly description?: string | null | undefined;
  readonly scope?:
    | { readonly env: string; readonly tenant: string; readonly team?: string | null | undefined }
    | null
    | undefined;
  readonly format?: "bytes" | "text" | "json" | null | undefined;
  /** JSON in a text. */
  readonly schema?: string | null | undefined;
  readonly examples: readonly string[];
}
