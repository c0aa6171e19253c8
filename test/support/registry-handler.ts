import { randomUUID } from "node:crypto";
import { isDigest, mediaTypes } from "../../src/core/index.ts";
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

export { errorResponse, jsonResponse } from "../../src/dev/registry/json-response.ts";

/**
 * An OCI registry (distribution-spec v1.1) over `store`: the read side of the development distributor, and a push side,
 * where uploads are kept in memory and checked against their digest.
 */
export function createRegistryHandler(store: RegistryStore): Handler {
  const uploads = new Map<string, Uint8Array>();
  const read = createRegistry(registryContent(store));
  return async (request) => {
    const url = new URL(request.url);
    const [, name, kind, last] = pushEndpoint.exec(url.pathname) ?? [];
    if (name === undefined || last === undefined) return read(request);
    if (kind === "blobs/uploads") return upload(uploads, store, { request, url, name, id: last });
    return request.method === "PUT" ? putManifest(store, request, name, last) : read(request);
  };
}

const pushEndpoint = /^\/v2\/(.+)\/(blobs\/uploads|manifests)\/([^/]*)$/;

interface UploadRequest {
  readonly request: Request;
  readonly url: URL;
  readonly name: string;
  /** Empty for a new upload. */
  readonly id: string;
}

async function upload(
  uploads: Map<string, Uint8Array>,
  store: RegistryStore,
  { request, url, name, id }: UploadRequest,
): Promise<Response> {
  if (request.method === "POST" && id === "") {
    const newId = randomUUID();
    uploads.set(newId, new Uint8Array());
    return accepted(202, `/v2/${name}/blobs/uploads/${newId}`);
  }
  const before = uploads.get(id);
  if (before === undefined)
    return errorResponse(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  const bytes = Buffer.concat([before, new Uint8Array(await request.arrayBuffer())]);
  if (request.method === "PATCH") {
    uploads.set(id, bytes);
    return accepted(202, url.pathname, { range: `0-${bytes.length - 1}` });
  }
  if (request.method !== "PUT") return errorResponse(405, "UNSUPPORTED", "the operation is unsupported");
  const blob = contentFrom(bytes, mediaTypes.octetStream);
  if (url.searchParams.get("digest") !== blob.digest) return digestInvalid();
  uploads.delete(id);
  repositoryOf(store, name).blobs.set(blob.digest, blob);
  return accepted(201, `/v2/${name}/blobs/${blob.digest}`, { "docker-content-digest": blob.digest });
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

function accepted(status: number, location: string, headers?: Readonly<Record<string, string>>): Response {
  return new Response(null, { status, headers: { location, "content-length": "0", ...headers } });
}

function digestInvalid(): Response {
  return errorResponse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
}
