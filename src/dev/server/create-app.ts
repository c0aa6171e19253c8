import { Hono } from "hono";
import type { RegistryHandler } from "../registry/create-registry.ts";
import { errorResponse } from "../registry/json-response.ts";

/** What an app is put together of. */
export interface AppParts {
  readonly registry: RegistryHandler;
  /** What is served besides: each says its paths. */
  readonly routes: readonly Hono[];
}

/** Everything that is served, as one handler. */
export function createApp({ registry, routes }: AppParts): (request: Request) => Promise<Response> {
  const app = new Hono();
  app.onError((error) => {
    throw error;
  });
  app.notFound(() => errorResponse(404, "NOT_FOUND", "there is nothing here"));
  app.all("/v2", (context) => registry(context.req.raw));
  app.all("/v2/*", (context) => registry(context.req.raw));
  for (const one of routes) app.route("/", one);
  return async (request) => app.fetch(request);
}
