import { type Digest, isDigest, mediaTypes, parseOciName } from "../../core/index.ts";
import type { RegistryContent } from "./content.ts";
import { itemResponse } from "./item-response.ts";
import { errorResponse, jsonResponse } from "./json-response.ts";
import { pageResponse } from "./page-response.ts";

/** Answers a request; never fails because of what is in it. */
export type RegistryHandler = (request: Request) => Promise<Response>;

const apiVersion = { "docker-distribution-api-version": "registry/2.0" };
const endpoint = /^\/v2\/(.+)\/(blobs|manifests|tags|referrers)\/([^/]+)$/;

/**
 * The read side of an OCI registry over `content` (distribution-spec v1.1: pull, content discovery, referrers), with
 * Docker's list of repositories. Ranges and conditional requests work as RFC 9110 has them.
 */
export function createRegistry(content: RegistryContent): RegistryHandler {
  return async (request) => {
    const response = await answer(content, request);
    return request.method === "HEAD" ? new Response(null, response) : response;
  };
}

async function answer(content: RegistryContent, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return errorResponse(405, "UNSUPPORTED", "this registry is only read from", { allow: "GET, HEAD" });
  }
  if (url.pathname === "/v2/" || url.pathname === "/v2") return jsonResponse(200, {}, apiVersion);
  if (url.pathname === "/v2/_catalog") return pageResponse(url, "repositories", await content.repositories());
  const path = url.pathname.replaceAll(/%3a/gi, ":");
  const [, name, kind, last] = endpoint.exec(path) ?? [];
  if (name === undefined || last === undefined) return errorResponse(404, "UNSUPPORTED", "no such endpoint");
  if (!isRepository(name)) return errorResponse(400, "NAME_INVALID", "this is no name of a repository");
  switch (kind) {
    case "tags":
      return last === "list"
        ? listTags(content, url, name)
        : errorResponse(404, "UNSUPPORTED", "no such endpoint");
    case "manifests": {
      if (last.includes(":") && !isDigest(last)) return noDigest();
      const item = await (isDigest(last) ? content.manifest(name, last) : findTag(content, name, last));
      const found = item === undefined ? undefined : await itemResponse(request, item);
      return found ?? errorResponse(404, "MANIFEST_UNKNOWN", "manifest unknown");
    }
    case "blobs": {
      if (!isDigest(last)) return noDigest();
      const item = await content.blob(name, last);
      const found = item === undefined ? undefined : await itemResponse(request, item);
      return found ?? errorResponse(404, "BLOB_UNKNOWN", "blob unknown to registry");
    }
    default:
      return isDigest(last) ? listReferrers(content, url, name, last) : noDigest();
  }
}

async function listTags(content: RegistryContent, url: URL, name: string): Promise<Response> {
  const tags = await content.tags(name);
  if (tags === undefined) return errorResponse(404, "NAME_UNKNOWN", "repository name not known to registry");
  return pageResponse(url, "tags", tags, { name });
}

async function findTag(
  content: RegistryContent,
  name: string,
  tag: string,
): ReturnType<RegistryContent["manifestByTag"]> {
  const isTag = parseOciName(`localhost/${name}:${tag}`)?.tag === tag;
  return isTag ? content.manifestByTag(name, tag) : undefined;
}

async function listReferrers(
  content: RegistryContent,
  { searchParams }: URL,
  name: string,
  digest: Digest,
): Promise<Response> {
  const artifactType = searchParams.get("artifactType");
  const all = await content.referrers(name, digest);
  const manifests =
    artifactType === null ? all : all.filter((referrer) => referrer.artifactType === artifactType);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return jsonResponse(200, index, {
    "content-type": mediaTypes.ociIndex,
    ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }),
  });
}

/** Whether `name` is a repository of the grammar, as it would stand behind a host. */
function isRepository(name: string): boolean {
  return parseOciName(`localhost/${name}`)?.repository === name;
}

function noDigest(): Response {
  return errorResponse(400, "DIGEST_INVALID", "expected sha256: and 64 lower-case hex digits");
}
