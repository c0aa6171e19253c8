import { randomUUID } from "node:crypto";
import { isDigest, mediaTypes } from "../../src/core/index.ts";
import type { Handler } from "./http-server.ts";
import {
  type Content,
  contentFrom,
  readContent,
  type Repository,
  type RegistryStore,
  repositoryOf,
} from "./registry-store.ts";

/**
 * An OCI registry (distribution-spec v1.1: pull, push and tag listing) over `store`. Ranges and conditional requests
 * work as RFC 9110 has them; uploads are kept in memory and checked against their digest.
 */
export function createRegistryHandler(store: RegistryStore): Handler {
  const uploads = new Map<string, Uint8Array>();
  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/v2/") return jsonResponse(200, {});
    const [, name, kind, last] = route.exec(url.pathname) ?? [];
    if (name === undefined || last === undefined)
      return errorResponse(404, "UNSUPPORTED", "no such endpoint");
    const reads = request.method === "GET" || request.method === "HEAD";
    if (kind === "blobs/uploads") return upload(uploads, store, { request, url, name, id: last });
    if (kind === "manifests" && request.method === "PUT") return putManifest(store, request, name, last);
    if (!reads) return errorResponse(405, "UNSUPPORTED", "the operation is unsupported");
    const repository = store.get(name);
    if (kind === "tags") return listTags(name, repository, url.searchParams);
    const content = kind === "blobs" ? findBlob(repository, last) : findManifest(repository, last);
    if (content !== undefined) return contentResponse(request, content);
    return kind === "blobs"
      ? errorResponse(404, "BLOB_UNKNOWN", "blob unknown to registry")
      : errorResponse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  };
}

/** A response that carries `value` in JSON. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = Buffer.from(JSON.stringify(value));
  return new Response(body, {
    status,
    headers: { "content-type": "application/json", "content-length": String(body.length), ...headers },
  });
}

/** A failure in the form of distribution-spec v1.1, "Error Codes". */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return jsonResponse(status, { errors: [{ code, message }] }, headers);
}

const route = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags)\/([^/]*)$/;

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
  return accepted(201, `/v2/${name}/manifests/${manifest.digest}`, {
    "docker-content-digest": manifest.digest,
  });
}

function findBlob(repository: Repository | undefined, digest: string): Content | undefined {
  return isDigest(digest) ? repository?.blobs.get(digest) : undefined;
}

function findManifest(repository: Repository | undefined, reference: string): Content | undefined {
  const digest = isDigest(reference) ? reference : repository?.tags.get(reference);
  return digest === undefined ? undefined : repository?.manifests.get(digest);
}

function listTags(name: string, repository: Repository | undefined, query: URLSearchParams): Response {
  if (repository === undefined)
    return errorResponse(404, "NAME_UNKNOWN", "repository name not known to registry");
  const after = query.get("last") ?? "";
  const tags = [...repository.tags.keys()].toSorted().filter((tag) => tag > after);
  const n = Number(query.get("n") ?? tags.length);
  const page = tags.slice(0, n);
  const next = new URLSearchParams({ n: String(n), last: page.at(-1) ?? "" });
  const link = { link: `</v2/${name}/tags/list?${next.toString()}>; rel="next"` };
  return jsonResponse(200, { name, tags: page }, page.length < tags.length ? link : {});
}

function contentResponse(request: Request, content: Content): Response {
  const { digest, mediaType, size } = content;
  const etag = `"${digest}"`;
  const headers = { etag, "docker-content-digest": digest, "accept-ranges": "bytes" };
  const known = request.headers
    .get("if-none-match")
    ?.split(",")
    .map((tag) => tag.trim());
  if (known?.includes(etag) === true) return new Response(null, { status: 304, headers });
  const range = request.method === "GET" ? rangeOf(request.headers, etag, size) : undefined;
  if (range === "unsatisfiable") {
    return errorResponse(416, "RANGE_INVALID", "range not satisfiable", {
      "content-range": `bytes */${size}`,
    });
  }
  const { start, end } = range ?? { start: 0, end: size };
  return new Response(request.method === "HEAD" ? null : readContent(content, start, end), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-type": mediaType,
      "content-length": String(end - start),
      ...(range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${size}` }),
    },
  });
}

/** What a Range header asks for, `end` not included; `undefined` when the whole is to be sent. */
function rangeOf(
  headers: Headers,
  etag: string,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if ((headers.get("if-range") ?? etag) !== etag) return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}

function accepted(status: number, location: string, headers?: Readonly<Record<string, string>>): Response {
  return new Response(null, { status, headers: { location, "content-length": "0", ...headers } });
}

function digestInvalid(): Response {
  return errorResponse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
}
