import type { Schema, SchemaName } from "./schemas.ts";

/** What a response carries: JSON of a schema, or the media type of something else. */
type Content = SchemaName | { readonly mediaType: string };

/** One operation of the development distributor. */
export interface Operation {
  readonly method: "get" | "head" | "post";
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly body: SchemaName | undefined;
  /** By status. `undefined` is a response without a body. */
  readonly responses: Readonly<Record<number, Content | undefined>>;
}

/** A parameter of an {@link Operation}. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
}

const text: Schema = { type: "string" };
const id: Schema = { type: "string", pattern: "^[A-Za-z0-9._-]+$" };
const digest: Schema = { type: "string", pattern: "^sha256:[0-9a-f]{64}$" };
const bytes = { mediaType: "*/*" };

const inPath = (name: string, schema: Schema): Parameter => ({ name, in: "path", required: true, schema });
const inQuery = (name: string, schema: Schema, required = true): Parameter => ({
  name,
  in: "query",
  required,
  schema,
});
const inHeader = (name: string): Parameter => ({ name, in: "header", required: false, schema: text });

const forPack = ["tenant_id", "environment_id", "pack_id"].map((name) => inQuery(name, id));
const repository = inPath("repository", { type: "string", pattern: "^(components|packs)/[^/]+$" });
const conditional = [inHeader("If-None-Match"), inHeader("Range"), inHeader("If-Range")];
const page = [inQuery("n", { type: "integer", minimum: 0 }, false), inQuery("last", text, false)];

const bad = { 400: "Errors" } as const;
const missing = { ...bad, 404: "Errors" } as const;
const body = { ...bad, 413: "Errors", 415: "Errors" } as const;
/** What bytes are answered with. */
const ranges = (content: Content) => ({ 200: content, 206: bytes, 304: undefined, 416: "Errors" }) as const;

interface Rest {
  readonly parameters?: readonly Parameter[];
  readonly body?: SchemaName;
}

function operation(
  method: Operation["method"],
  path: string,
  name: string,
  summary: string,
  responses: Operation["responses"],
  rest: Rest = {},
): Operation {
  return { method, path, id: name, summary, responses, parameters: rest.parameters ?? [], body: rest.body };
}

/** A GET, and the HEAD that is answered with the same head. */
function readable(
  path: string,
  name: string,
  summary: string,
  responses: Operation["responses"],
  rest: Rest = {},
): readonly Operation[] {
  const { 206: _, 416: __, ...statuses } = responses;
  const head = Object.fromEntries(Object.keys(statuses).map((status) => [status, undefined]));
  return [
    operation("get", path, name, summary, responses, rest),
    operation("head", path, `${name}Head`, `The head of: ${summary}`, head, rest),
  ];
}

const api = "/distributor-api";

/** Everything that the development distributor answers for programs. */
export const operations: readonly Operation[] = [
  operation(
    "post",
    `${api}/resolve-component`,
    "resolveComponent",
    "What a component is, and where",
    { 200: "ResolveComponentResponse", ...body, 404: "Errors" },
    { body: "ResolveComponentRequest" },
  ),
  operation(
    "post",
    `${api}/resolve-ref`,
    "resolveRef",
    "What a reference to this registry, or a digest, means",
    { 200: "ResolveRefResponse", ...body, 404: "Errors" },
    { body: "ResolveRefRequest" },
  ),
  ...readable(
    `${api}/pack-status`,
    "getPackStatus",
    "How ready a pack is",
    { 200: "PackStatus", ...missing },
    { parameters: forPack },
  ),
  ...readable(
    `${api}/pack-status-v2`,
    "getPackStatusV2",
    "How ready a pack is, and the secrets that it needs",
    { 200: "PackStatusV2", ...missing },
    { parameters: forPack },
  ),
  operation(
    "post",
    `${api}/warm-pack`,
    "warmPack",
    "Reads a pack and its components once, so that they are ready",
    { 200: "PackStatus", ...body, 404: "Errors" },
    { body: "WarmPackRequest" },
  ),
  operation(
    "post",
    `${api}/pack`,
    "fetchPack",
    "The bytes of a pack",
    { 200: bytes, ...body, 404: "Errors" },
    { body: "PackRequest" },
  ),
  ...readable(
    `${api}/artifact`,
    "getByDigest",
    "The bytes of a component or pack, by their digest",
    { ...ranges(bytes), ...missing },
    { parameters: [inQuery("digest", digest), ...conditional] },
  ),
  ...readable("/v2/", "getRegistry", "Says that this is a registry", {
    200: { mediaType: "application/json" },
  }),
  ...readable(
    "/v2/_catalog",
    "listRepositories",
    "The names of all repositories",
    { 200: "RepositoryList", ...bad },
    { parameters: page },
  ),
  ...readable(
    "/v2/{repository}/tags/list",
    "listTags",
    "The tags of a repository",
    { 200: "TagList", ...missing },
    { parameters: [repository, ...page] },
  ),
  ...readable(
    "/v2/{repository}/manifests/{reference}",
    "getManifest",
    "A manifest, by its tag or digest",
    { ...ranges("Manifest"), ...missing },
    { parameters: [repository, inPath("reference", text), ...conditional] },
  ),
  ...readable(
    "/v2/{repository}/blobs/{digest}",
    "getBlob",
    "The bytes of a digest",
    { ...ranges(bytes), ...missing },
    { parameters: [repository, inPath("digest", digest), ...conditional] },
  ),
  ...readable(
    "/v2/{repository}/referrers/{digest}",
    "listReferrers",
    "Manifests that are about another one",
    { 200: "Index", ...bad },
    { parameters: [repository, inPath("digest", digest), inQuery("artifactType", text, false)] },
  ),
  ...readable("/healthz", "getHealth", "Says that the server is up", { 200: "Health" }),
  ...readable("/metrics", "getMetrics", "Counts, in the text form of Prometheus", {
    200: { mediaType: "text/plain" },
  }),
  ...readable("/openapi.json", "getOpenApi", "This document", { 200: { mediaType: "application/json" } }),
];
