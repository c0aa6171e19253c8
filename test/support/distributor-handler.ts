import { digestOf } from "./cache-files.ts";
import type { Handler } from "./http-server.ts";
import {
  type ComponentStatus,
  distributorMessages,
  type ResolveComponentResponse,
  type SecretRequirement,
} from "../../src/index.ts";

/** One pack with one component, of one version, as a distributor has them. */
export interface DistributedPack {
  readonly packId: string;
  readonly componentId: string;
  readonly version: string;
  readonly pack: Uint8Array;
  readonly component: Uint8Array;
  readonly status?: ComponentStatus | undefined;
  readonly secretRequirements: readonly SecretRequirement[];
}

/** What a distributor says of the component of a pack. */
export function resolvedFrom(held: DistributedPack): ResolveComponentResponse {
  return {
    status: held.status ?? "ready",
    digest: digestOf(held.component),
    artifact: { kind: "oci_reference", reference: `ghcr.io/acme/${held.componentId}:${held.version}` },
    signature: { verified: false, signer: "", extra: { checked: [] } },
    cache: {
      sizeBytes: held.component.length,
      lastUsedUtc: "2026-01-02T03:04:05Z",
      lastRefreshedUtc: "2026-01-02T03:04:05Z",
    },
    secretRequirements: held.secretRequirements,
  };
}

/** The distributor API over one pack, as small as it can be. */
export function distributorHandler(held: DistributedPack): Handler {
  const { packId, componentId, version, secretRequirements } = held;
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const asked = request.method === "POST" ? ((await request.json()) as Record<string, unknown>) : {};
    const named = asked["pack_id"] ?? searchParams.get("pack_id");
    switch (`${request.method} ${pathname.replace(/^.*\/distributor-api\//, "")}`) {
      case "POST resolve-component": {
        const wanted = distributorMessages.resolveComponentRequest.parse(asked);
        if (wanted.componentId !== componentId || wanted.version !== version) return notFound();
        return Response.json(distributorMessages.resolveComponentResponse.print(resolvedFrom(held)));
      }
      case "GET pack-status":
        return named === packId ? Response.json({ status: "ready", ready: 1 }) : notFound();
      case "GET pack-status-v2": {
        if (named !== packId) return notFound();
        const status = { status: "ready", secretRequirements, extra: { ready: 1 } };
        return Response.json(distributorMessages.packStatusResponse.print(status));
      }
      case "POST warm-pack":
        return named === packId ? new Response(null, { status: 202 }) : notFound();
      case "POST pack":
        return named === packId && asked["version"] === version ? bytesOf(held.pack) : notFound();
      case "POST resolve-ref": {
        const { digest, ...metadata } = resolvedFrom(held);
        if (asked["ref"] !== `oci://ghcr.io/acme/${componentId}:${version}`) return notFound();
        return Response.json(distributorMessages.resolveRefResponse.print({ digest, metadata }));
      }
      case "GET artifact":
        return searchParams.get("digest") === digestOf(held.component) ? bytesOf(held.component) : notFound();
      default:
        return notFound();
    }
  };
}

function bytesOf(bytes: Uint8Array): Response {
  return new Response(new Uint8Array(bytes), { headers: { "content-length": String(bytes.length) } });
}

function notFound(): Response {
  return new Response("there is none", { status: 404 });
}
