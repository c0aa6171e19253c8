import { randomUUID } from "node:crypto";
import { isDigest, mediaTypes } from "../../src/core/index.ts";
import { errorResponse } from "../../src/dev/registry/json-response.ts";
import { contentFrom, type RegistryStore, repositoryOf } from "./registry-store.ts";

/** A request below `blobs/uploads/`. */
export interface UploadRequest {
  readonly request: Request;
  readonly url: URL;
  /** The repository. */
  readonly name: string;
  /** Empty for a new upload. */
  readonly id: string;
}

/** What has arrived. */
interface Upload {
  readonly chunks: Uint8Array[];
  length: number;
}

/**
 * Takes blobs as distribution-spec v1.1 has it ("Pushing blobs"): in one request or in chunks, kept in memory and checked
 * against their digest; what arrived of a request that broke off is kept. Blobs that another repository has are mounted.
 */
export function createUploadHandler(store: RegistryStore): (upload: UploadRequest) => Promise<Response> {
  const uploads = new Map<string, Upload>();

  async function take({ request }: UploadRequest, upload: Upload): Promise<void> {
    for await (const chunk of request.body ?? []) {
      upload.chunks.push(chunk);
      upload.length += chunk.length;
    }
  }

  function open({ url, name }: UploadRequest): Response {
    const [mount = "", from = ""] = [url.searchParams.get("mount"), url.searchParams.get("from")].map(
      (value) => value ?? "",
    );
    const blob = isDigest(mount) ? store.get(from)?.blobs.get(mount) : undefined;
    if (blob !== undefined) {
      repositoryOf(store, name).blobs.set(blob.digest, blob);
      return accepted(201, `/v2/${name}/blobs/${blob.digest}`);
    }
    const id = randomUUID();
    uploads.set(id, { chunks: [], length: 0 });
    return accepted(202, `/v2/${name}/blobs/uploads/${id}`);
  }

  return async (upload) => {
    const { request, url, name, id } = upload;
    const { method } = request;
    if (method === "POST" && id === "") return open(upload);
    const held = uploads.get(id);
    if (held === undefined)
      return errorResponse(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
    if (method === "GET") return accepted(204, url.pathname, rangeOf(held));
    const [, start] = /^(\d+)-\d+$/.exec(request.headers.get("content-range") ?? "") ?? [];
    if (start !== undefined && Number(start) !== held.length) {
      return accepted(416, url.pathname, rangeOf(held));
    }
    if (method === "PATCH") {
      await take(upload, held);
      return accepted(202, url.pathname, rangeOf(held));
    }
    if (method !== "PUT") return errorResponse(405, "UNSUPPORTED", "the operation is unsupported");
    await take(upload, held);
    const blob = contentFrom(Buffer.concat(held.chunks), mediaTypes.octetStream);
    uploads.delete(id);
    if (url.searchParams.get("digest") !== blob.digest) return digestInvalid();
    repositoryOf(store, name).blobs.set(blob.digest, blob);
    return accepted(201, `/v2/${name}/blobs/${blob.digest}`, { "docker-content-digest": blob.digest });
  };
}

function rangeOf({ length }: Upload): Readonly<Record<string, string>> {
  return { range: `0-${Math.max(0, length - 1)}` };
}

/** An answer without a body that says where to go on. */
export function accepted(
  status: number,
  location: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  const length = status === 204 ? {} : { "content-length": "0" };
  return new Response(null, { status, headers: { location, ...length, ...headers } });
}

/** Says that what was sent is not what it was said to be. */
export function digestInvalid(): Response {
  return errorResponse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
}
