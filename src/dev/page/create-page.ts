import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { Catalog } from "../catalog/catalog.ts";
import { errorResponse } from "../registry/json-response.ts";
import type { ImageOf } from "../registry/image-of.ts";
import { createEventHub } from "./event-hub.ts";
import { pageHtml } from "./page-html.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { type LoggedRequest, type SeenRequest, requestRow } from "./request-row.ts";
import { readServedGroups } from "./served-group.ts";

/** What a page is made of. */
export interface PageOptions {
  readonly catalog: Catalog;
  readonly imageOf: ImageOf;
  /** Whether requests must show a token: the page then says how. */
  readonly needsToken: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** The page of a development distributor: `/`, and `/events` that keep it up to date. */
export interface Page extends Disposable {
  readonly routes: Hono;
  /** Shows a request that is over. */
  readonly record: (request: SeenRequest) => void;
}

const events = { maxListeners: 64, maxReplayed: 200, heartbeatMs: 15_000 } as const;
const maxLogged = 50;

/** What the page itself asks for is no news on it. */
const ownPaths: ReadonlySet<string> = new Set(["/", "/events", "/favicon.ico"]);

/** Content Security Policy Level 3: nothing runs, loads or asks but what came with the page, and only here. */
const policy = [
  "default-src 'none'",
  `script-src ${hashSource(pageScript)}`,
  `style-src ${hashSource(pageStyle)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store",
} as const;

/** Makes the page over a catalog. To be disposed of, which ends the streams of events. */
export function createPage({ catalog, imageOf, needsToken, now }: PageOptions): Page {
  const hub = createEventHub(events);
  const log: LoggedRequest[] = [];
  const stopListening = catalog.onChange(() => hub.publish("change", ""));
  const routes = new Hono();

  routes.get("/", async (context) => {
    // Taken before the folder is looked at: what happens meanwhile is told to the page as events.
    const [lastEvent, seen] = [hub.lastId(), [...log]];
    const groups = await readServedGroups(catalog, imageOf);
    const complaints = await catalog.complaints();
    const { host } = new URL(context.req.url);
    const view = { host, root: catalog.root, needsToken, groups, complaints, log: seen, lastEvent };
    const page = pageHtml(view);
    return new Response(page.toString(), { headers: pageHeaders });
  });
  routes.get("/events", ({ req }) => {
    if (req.method === "HEAD")
      return new Response(null, { headers: { "content-type": "text/event-stream" } });
    return hub.respond(req.header("last-event-id") ?? req.query("after"));
  });
  for (const path of ["/", "/events"]) {
    routes.all(path, () => errorResponse(405, "UNSUPPORTED", "expected GET", { allow: "GET, HEAD" }));
  }
  return {
    routes,
    record(request) {
      if (ownPaths.has(request.target.replace(/\?.*$/s, ""))) return;
      const logged = { ...request, atMs: now() };
      log.unshift(logged);
      if (log.length > maxLogged) log.pop();
      hub.publish("request", requestRow(logged).toString());
    },
    [Symbol.dispose]() {
      stopListening();
      hub[Symbol.dispose]();
    },
  };
}

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
