import { Hono } from "hono";
import { type Digest, DistError, isDigest, mediaTypes } from "../../core/index.ts";
import { distributorMessages } from "../../distributor/index.ts";
import type { ServedArtifact } from "../catalog/scan.ts";
import { itemResponse } from "../registry/item-response.ts";
import { errorResponse, jsonResponse } from "../registry/json-response.ts";
import { packFacts, packState, warmPack } from "./pack-state.ts";
import { badRequest, orRefusal } from "./refusal.ts";
import { idIn, idInQuery, readJsonObject, textIn, textInQuery } from "./request-fields.ts";
import { type ArtifactPlaces, artifactOfReference, describeArtifact } from "./resolve-artifact.ts";

type Handler = (request: Request, url: URL) => Promise<Response>;

/**
 * The distributor API over a catalog: what a component, pack or reference is, how ready a pack is, and the bytes of a
 * pack or digest. It serves every tenant and environment alike.
 */
export function createDistributorRoutes(places: ArtifactPlaces): Hono {
  const { catalog } = places;
  const get: Readonly<Record<string, Handler>> = {
    "pack-status": async (_, url) => {
      const state = await packState(catalog, packInQuery(url));
      return jsonResponse(200, { status: state.status, ...(await packFacts(catalog, state)) });
    },
    "pack-status-v2": async (_, url) => {
      const state = await packState(catalog, packInQuery(url));
      const { secretRequirements } = await catalog.settingsOf("pack", state.pack.id);
      const extra = await packFacts(catalog, state);
      const message = { status: state.status, secretRequirements, extra };
      return jsonResponse(200, distributorMessages.packStatusResponse.print(message));
    },
    artifact: async (request, url) => {
      const digest = textInQuery(url, "digest");
      if (!isDigest(digest)) throw badRequest("digest: expected sha256: and 64 lower-case hex digits");
      return artifactResponse(places, request, digest);
    },
  };
  const post: Readonly<Record<string, Handler>> = {
    "resolve-component": async (request, url) => {
      const body = await readJsonObject(request);
      const { resolveComponentRequest, resolveComponentResponse } = distributorMessages;
      const { componentId, version } = resolveComponentRequest.parse(body, badRequest);
      const artifact = await catalog.find("component", componentId, version);
      if (artifact === undefined) throw notFound(`component \`${componentId}\` of that version`);
      const response = await describeArtifact(places, artifact, url.host);
      return jsonResponse(200, resolveComponentResponse.print(response));
    },
    "resolve-ref": async (request, url) => {
      const ref = textIn(await readJsonObject(request), "ref");
      const artifact = await artifactOfReference(places, ref, url.host);
      const { digest, ...metadata } = await describeArtifact(places, artifact, url.host);
      return jsonResponse(200, distributorMessages.resolveRefResponse.print({ digest, metadata }));
    },
    "warm-pack": async (request) => {
      const body = await readJsonObject(request);
      const [packId] = [idIn(body, "pack_id"), idIn(body, "tenant_id"), idIn(body, "environment_id")];
      await warmPack(catalog, packId);
      const state = await packState(catalog, packId);
      return jsonResponse(200, { status: state.status, ...(await packFacts(catalog, state)) });
    },
    pack: async (request) => {
      const body = await readJsonObject(request);
      const [packId, version] = [idIn(body, "pack_id"), textIn(body, "version")];
      return packResponse(places, packId, version);
    },
  };

  const app = new Hono().basePath("/distributor-api");
  const serve = (method: "GET" | "POST", name: string, handler: Handler): void => {
    app.on(method, `/${name}`, ({ req }) => orRefusal(() => handler(req.raw, new URL(req.url))));
    const allow = method === "GET" ? "GET, HEAD" : method;
    app.all(`/${name}`, () => errorResponse(405, "UNSUPPORTED", `expected ${method}`, { allow }));
  };
  for (const [name, handler] of Object.entries(get)) serve("GET", name, handler);
  for (const [name, handler] of Object.entries(post)) serve("POST", name, handler);
  return app;
}

/** The pack that a query asks for; it has to say for whom. */
function packInQuery(url: URL): string {
  const [packId] = [idInQuery(url, "pack_id"), idInQuery(url, "tenant_id"), idInQuery(url, "environment_id")];
  return packId;
}

/** Answers as the registry does for a blob: ranges and conditions too. */
async function artifactResponse(
  { catalog }: ArtifactPlaces,
  request: Request,
  digest: Digest,
): Promise<Response> {
  const artifact = await catalog.findDigest(digest);
  const response =
    artifact === undefined
      ? undefined
      : await itemResponse(request, {
          mediaType: mediaTypeOf(artifact),
          digest,
          size: artifact.sizeBytes,
          async open(start, end) {
            const file = await catalog.open(artifact);
            if (file.digest === digest) return file.stream(start, end);
            await file[Symbol.asyncDispose]();
            return undefined;
          },
        });
  if (response === undefined) throw notFound(`\`${digest}\``);
  return response;
}

async function packResponse({ catalog }: ArtifactPlaces, packId: string, version: string): Promise<Response> {
  const artifact = await catalog.find("pack", packId, version);
  if (artifact === undefined) throw notFound(`pack \`${packId}\` of that version`);
  const file = await catalog.open(artifact);
  return new Response(file.stream(), {
    headers: {
      "content-type": mediaTypeOf(artifact),
      "content-length": String(file.artifact.sizeBytes),
      etag: `"${file.digest}"`,
    },
  });
}

function mediaTypeOf({ kind }: ServedArtifact): string {
  return kind === "pack" ? mediaTypes.octetStream : mediaTypes.wasm;
}

function notFound(what: string): DistError<"NOT_FOUND"> {
  return new DistError("NOT_FOUND", `${what} is not here`, {});
}
