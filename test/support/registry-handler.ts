import { isDigest } from "../../src/core/index.ts";
import { createRegistry } from "../../src/dev/index.ts";
import { errorResponse } from "../../src/dev/registry/json-response.ts";
import type { Handler } from "./http-server.ts";
import {
  contentFrom,
  registryContent,
  type RegistryStore,
  repositoryOf,
  subjectOf,
} from "./registry-store.ts";

import { accepted, createUploadHandler, digestInvalid } from "./registry-uploads.ts";

export { errorResponse, jsonResponse } from "../../src/dev/registry/json-response.ts";

/**
 * An OCI registry (distribution-spec v1.1) over `store`: the read side of the development distributor, and a push side,
 * see `createUploadHandler`.
 */
export function createRegistryHandler(store: RegistryStore): Handler {
  const upload = createUploadHandler(store);
  const read = createRegistry(registryContent(store));
  return async (request) => {
    const url = new URL(request.url);
    const [, name, kind, last] = pushEndpoint.exec(url.pathname) ?? [];
    if (name === undefined || last === undefined) return read(request);
    if (kind === "blobs/uploads") return upload({ request, url, name, id: last });
    if (request.method === "DELETE") return deleteManifest(store, name, last);
    return request.method === "PUT" ? putManifest(store, request, name, last) : read(request);
  };
}

const pushEndpoint = /^\/v2\/(.+)\/(blobs\/uploads|manifests)\/([^/]*)$/;

function deleteManifest(store: RegistryStore, name: string, reference: string): Response {
  const { manifests, tags } = repositoryOf(store, name);
  if (!(isDigest(reference) ? manifests.delete(reference) : tags.delete(reference))) {
    return errorResponse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  }
  for (const [tag, digest] of tags) if (digest === reference) tags.delete(tag);
  return new Response(null, { status: 202 });
}

async function putManifest(
  store: RegistryStore,
  request: Request,
  name: string,
  reference: string,
): Promise<Response> {
  const mediaType = request.headers.get("content-type");
  if (mediaType === null) return errorResponse(400, "MANIFEST_INVALID", "a manifest needs a Content-Type");
  const manifest = contentFrom(new Uint8Array(await request.arrayBuffer()), mediaType);
  if (isDigest(reference) && reference !== manifest.digest) return digestInvalid();
  const repository = repositoryOf(store, name);
  repository.manifests.set(manifest.digest, manifest);
  if (!isDigest(reference)) repository.tags.set(reference, manifest.digest);
  const subject = subjectOf(manifest);
  return accepted(201, `/v2/${name}/manifests/${manifest.digest}`, {
    "docker-content-digest": manifest.digest,
    ...(subject === undefined ? {} : { "oci-subject": subject }),
  });
}
