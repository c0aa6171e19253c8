import { systemClock } from "../client/index.ts";
import { DistError, printable } from "../core/index.ts";
import { isLoopbackHost } from "../http/index.ts";
import { Secret } from "../registry/index.ts";
import { openCatalog } from "./catalog/catalog.ts";
import type { ServedArtifact } from "./catalog/scan.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { Page } from "./page/create-page.ts";
import { createCatalogContent } from "./registry/catalog-content.ts";
import { createImageOf } from "./registry/image-of.ts";
import { createRegistry } from "./registry/create-registry.ts";
import { createGate } from "./server/gate.ts";
import { hostInUrl } from "./server/host-check.ts";
import type { Listener, ServedRequest } from "./server/listen.ts";

/** What {@link createDevDistributor} serves, where, and to whom. */
export interface DevDistributorOptions {
  /** The folder with `components` and `packs` in it. */
  readonly root: string;
  /** The name or address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** 0 takes one that is free. Default: 0. */
  readonly port?: number | undefined;
  /** Who asks must show it: as a bearer token, or as the password of any user. Default: none. */
  readonly token?: string | undefined;
  /** Lets other machines ask without a token. Default: false. */
  readonly allowAnonymous?: boolean | undefined;
  /** Names, besides `host` and those of this machine, under which it is reached. Default: none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Hears of each request when it is over. Default: nobody. */
  readonly onRequest?: ((request: ServedRequest) => void) | undefined;
  /** Hears, once each, of files that are not served and why. Default: nobody. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** The clock, in milliseconds since 1970. Default: this machine's. */
  readonly now?: (() => number) | undefined;
}

/** A folder that is served until it is closed. */
export interface DevDistributor extends AsyncDisposable {
  /** Origin, without a slash at its end: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The same without the scheme, as references to registries begin. */
  readonly host: string;
  /** The folder, absolute and without links. */
  readonly root: string;
  /** What is served now: components, then packs; by id, and the highest version of each first. */
  readonly list: () => Promise<readonly ServedArtifact[]>;
  /** Stops listening; responses that are on their way have two seconds to end. */
  readonly close: () => Promise<void>;
}

/** What the clients of a development server may take, in milliseconds. */
const timeouts = { headMs: 10_000, requestMs: 30_000, keepAliveMs: 5_000, idleMs: 60_000 } as const;
const closeGraceMs = 2_000;

/**
 * Serves a folder of components and packs as a distributor and as an OCI registry, where they are
 * `HOST:PORT/components/ID:VERSION` and `HOST:PORT/packs/ID:VERSION`.
 *
 * @throws {DistError} NOT_FOUND when the folder is not there; INVALID_INPUT when the address cannot be used, or others
 * could ask without a token
 */
export async function createDevDistributor(options: DevDistributorOptions): Promise<DevDistributor> {
  const { host = "127.0.0.1", port = 0, allowedHosts = [] } = options;
  const { onRequest = () => undefined, onWarning, now = systemClock } = options;
  checkAccess(options, host);
  const token = options.token === undefined ? undefined : new Secret(options.token);
  const catalog = await openCatalog({ root: options.root, onWarning });
  const metrics = createMetrics();
  let page: Page | undefined;
  let listener: Listener;
  try {
    const { createApp } = await import("./server/create-app.ts");
    const { listen } = await import("./server/listen.ts");
    const { createDistributorRoutes } = await import("./distributor/create-distributor-routes.ts");
    const { createServiceRoutes } = await import("./server/create-service-routes.ts");
    const { createPage } = await import("./page/create-page.ts");
    const imageOf = createImageOf(catalog);
    const content = createCatalogContent(catalog, imageOf);
    const needsToken = token !== undefined;
    page = createPage({ catalog, imageOf, needsToken, now });
    const app = createApp({
      registry: createRegistry(content),
      routes: [
        createDistributorRoutes({ catalog, content, now }),
        createServiceRoutes(catalog, metrics, needsToken),
        page.routes,
      ],
    });
    const refuse = createGate({ host, allowedHosts, token });
    const { record } = page;
    const onEnd = (request: ServedRequest): void => {
      metrics.record(request);
      record(request);
      onRequest(request);
    };
    listener = await listen(app, { host, port, timeouts, refuse, onRequest: onEnd, now });
  } catch (error) {
    page?.[Symbol.dispose]();
    catalog[Symbol.dispose]();
    throw error;
  }
  const address = `${reachable(hostInUrl(host))}:${listener.port}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    page[Symbol.dispose]();
    catalog[Symbol.dispose]();
    return (closed ??= listener.close(closeGraceMs));
  };
  const { root, list } = catalog;
  return { url: `http://${address}`, host: address, root, list, close, [Symbol.asyncDispose]: close };
}

function checkAccess({ token, allowAnonymous = false }: DevDistributorOptions, host: string): void {
  if (token !== undefined && !/^[\u0021-\u007e]+$/.test(token)) {
    const hint = "use letters, digits and signs of ASCII, without spaces";
    throw new DistError("INVALID_INPUT", "the token cannot stand in a header", {}, { hint });
  }
  if (token !== undefined && allowAnonymous) {
    const hint = "leave out the token, or --no-auth";
    throw new DistError("INVALID_INPUT", "a token is given, and everybody is to be let in", {}, { hint });
  }
  if (token !== undefined || allowAnonymous || isLoopbackHost(hostInUrl(host))) return;
  throw new DistError(
    "INVALID_INPUT",
    `other machines can reach \`${printable(host)}\`, and nothing says who may ask`,
    {},
    { hint: "give a token (--token, GREENTIC_DIST_DEV_TOKEN), or let everybody in with --no-auth" },
  );
}

/** A host that stands for all addresses is reached from here by one of this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "[::]" ? "[::1]" : host;
}
