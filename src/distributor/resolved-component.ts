import {
  boolean,
  literal,
  minValue,
  number,
  object,
  pipe,
  safeInteger,
  string,
  union,
  variant,
} from "valibot";
import { anyJson, type Codec, plain, record } from "./codec.ts";
import { distributorId } from "./identifier.ts";
import { secretRequirements, type SecretRequirement } from "./secret-requirement.ts";
import { tenantCtx, type TenantCtx } from "./tenant-ctx.ts";

/** Which component is meant, and for whom. */
export interface ResolveComponentRequest {
  readonly tenant: TenantCtx;
  readonly environmentId: string;
  readonly packId: string;
  readonly componentId: string;
  /** A version or label. */
  readonly version: string;
  /** JSON that the distributor may understand. `undefined` is sent as `null`. */
  readonly extra: unknown;
}

/** Whether a component can be had. */
export type ComponentStatus = "pending" | "ready" | { readonly failed: { readonly reason: string } };

/** Where the distributor has an artifact. */
export type ArtifactLocation =
  | { readonly kind: "file_path"; readonly path: string }
  | { readonly kind: "oci_reference"; readonly reference: string }
  | { readonly kind: "distributor_internal"; readonly handle: string };

/** What the distributor found out about a signature. */
export interface SignatureSummary {
  readonly verified: boolean;
  readonly signer: string;
  /** Any JSON; `null` when there is none. */
  readonly extra: unknown;
}

/** What the distributor's cache says of an artifact. Times are in ISO 8601, UTC. */
export interface CacheInfo {
  readonly sizeBytes: number;
  readonly lastUsedUtc: string;
  readonly lastRefreshedUtc: string;
}

/** What is known about an artifact beside its digest. */
export interface ResolveRefMetadata {
  readonly status: ComponentStatus;
  readonly artifact: ArtifactLocation;
  readonly signature: SignatureSummary;
  readonly cache: CacheInfo;
  /** `undefined` when the distributor does not say; an empty list when nothing is needed. */
  readonly secretRequirements?: readonly SecretRequirement[] | undefined;
}

/** What a distributor says of a component. */
export interface ResolveComponentResponse extends ResolveRefMetadata {
  /** Of the component's bytes; `isDigest` says whether it is a SHA-256. */
  readonly digest: string;
}

/** What a distributor says of a reference (WIT 1.1.0). */
export interface ResolveRefResponse {
  readonly digest: string;
  readonly metadata: ResolveRefMetadata;
}

const text = plain(string());

/** {@link ResolveComponentRequest} on the wire. */
export const resolveComponentRequest: Codec<ResolveComponentRequest> = record<ResolveComponentRequest>({
  tenant: tenantCtx,
  environmentId: distributorId,
  packId: distributorId,
  componentId: distributorId,
  version: text,
  extra: anyJson,
});

const metadataFields = {
  status: plain(
    union([literal("pending"), literal("ready"), object({ failed: object({ reason: string() }) })]),
  ),
  artifact: plain(
    variant("kind", [
      object({ kind: literal("file_path"), path: string() }),
      object({ kind: literal("oci_reference"), reference: string() }),
      object({ kind: literal("distributor_internal"), handle: string() }),
    ]),
  ),
  signature: record<SignatureSummary>({ verified: plain(boolean()), signer: text, extra: anyJson }),
  cache: record<CacheInfo>({
    sizeBytes: plain(pipe(number(), safeInteger(), minValue(0))),
    lastUsedUtc: text,
    lastRefreshedUtc: text,
  }),
  secretRequirements,
};

/** {@link ResolveComponentResponse} on the wire. */
export const resolveComponentResponse: Codec<ResolveComponentResponse> = record<ResolveComponentResponse>({
  ...metadataFields,
  digest: text,
});

/** {@link ResolveRefResponse} on the wire. */
export const resolveRefResponse: Codec<ResolveRefResponse> = record<ResolveRefResponse>({
  digest: text,
  metadata: record<ResolveRefMetadata>(metadataFields),
});
