import type { PackStatusResponse } from "./pack-status.ts";
import type {
  ResolveComponentRequest,
  ResolveComponentResponse,
  ResolveRefResponse,
} from "./resolved-component.ts";
import type { TenantCtx } from "./tenant-ctx.ts";

/** What every call takes. */
export interface DistributorCallOptions {
  /** Stops the call, where the way to the distributor can be stopped. */
  readonly signal?: AbortSignal | undefined;
}

/** An artifact: its bytes, or the path of a file that whoever asks can open. */
export type ArtifactSource =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "path"; readonly path: string };

/**
 * A distributor, whatever the way to it: `HttpDistributorClient`, `WitDistributorClient`.
 *
 * Every call may throw a `DistributorError`, INVALID_INPUT for what is no id or cannot be sent, and ABORTED.
 */
export interface DistributorClient {
  /** What a component of a pack is, and where. */
  resolveComponent(
    request: ResolveComponentRequest,
    options?: DistributorCallOptions,
  ): Promise<ResolveComponentResponse>;
  /** What the distributor says of a pack: any JSON. Of `tenant` the `tenantId` is sent. */
  getPackStatus(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options?: DistributorCallOptions,
  ): Promise<unknown>;
  /** The same in a form that is known, with the secrets that the pack needs. */
  getPackStatusV2(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options?: DistributorCallOptions,
  ): Promise<PackStatusResponse>;
  /** Asks the distributor to make a pack ready. */
  warmPack(
    tenant: TenantCtx,
    environmentId: string,
    packId: string,
    options?: DistributorCallOptions,
  ): Promise<void>;
  /** What a reference means, as in `oci://ghcr.io/acme/hello:1.0` (WIT 1.1.0). */
  resolveRef(ref: string, options?: DistributorCallOptions): Promise<ResolveRefResponse>;
  /** The artifact of a digest, as in `sha256:…` (WIT 1.1.0). Bytes that came over a network are hashed. */
  getByDigest(digest: string, options?: DistributorCallOptions): Promise<ArtifactSource>;
}
