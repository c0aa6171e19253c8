import { Hono } from "hono";
import type { Catalog } from "../catalog/catalog.ts";
import { type Metrics, metricsMediaType } from "../metrics/metrics.ts";
import { openApiDocument } from "../openapi/openapi-document.ts";
import { errorResponse, jsonResponse } from "../registry/json-response.ts";

/** What the server says of itself: whether it is up, what it counted, and what can be asked. */
export function createServiceRoutes(catalog: Catalog, metrics: Metrics, needsToken: boolean): Hono {
  const document = openApiDocument(needsToken);
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    "/healthz": () => jsonResponse(200, { status: "ok" }),
    "/openapi.json": () => jsonResponse(200, document),
    async "/metrics"() {
      const artifacts = { component: 0, pack: 0 };
      for (const { kind } of await catalog.list()) artifacts[kind] += 1;
      return new Response(metrics.print(artifacts), { headers: { "content-type": metricsMediaType } });
    },
  };
  const app = new Hono();
  for (const [path, answer] of Object.entries(answers)) {
    app.get(path, answer);
    app.all(path, () => errorResponse(405, "UNSUPPORTED", "expected GET", { allow: "GET, HEAD" }));
  }
  return app;
}
