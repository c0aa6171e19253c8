import { isDistError, throwIfAborted } from "../../core/index.ts";
import { checkHeaderValue, checkRequest } from "../check-request.ts";
import { isUntrusted } from "../failure.ts";
import {
  defaultTimeouts,
  type Http,
  type HttpRequest,
  type HttpResponse,
  type HttpTimeouts,
} from "../http.ts";
import type { ProxySettings } from "../proxy.ts";
import type { Authorities, HostTls } from "../trust.ts";
import { BufferPool } from "./buffer-pool.ts";
import { createProxyChooser } from "./choose-proxy.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { DialReport } from "./dial-report.ts";
import { createDialer } from "./dialer.ts";
import { exchange } from "./exchange.ts";
import { createSecureContexts } from "./secure-contexts.ts";

/** How {@link createWireHttp} behaves. */
export interface WireHttpOptions {
  /** Sent with every request that sets no `user-agent` of its own. */
  readonly userAgent: string;
  /** Default for each that is missing: what {@link HttpTimeouts} says of it. */
  readonly timeouts?: Partial<HttpTimeouts> | undefined;
  /**
   * Authorities to trust: PEM certificates, or what finds them when the first https URL comes. They replace the
   * built-in list, as `SSL_CERT_FILE` does for OpenSSL. Default: Node's list.
   */
  readonly ca?: string | readonly string[] | (() => Promise<Authorities>) | undefined;
  /** What is special about TLS with one host, as it stands in URLs: `ghcr.io`, `10.0.0.1:5000`. Default: nothing. */
  readonly tlsOf?: ((host: string) => Promise<HostTls | undefined>) | undefined;
  /**
   * Speaks TLS to servers whose certificate nobody vouches for. Only for bytes that are checked by a digest, and without
   * credentials. Default: false.
   */
  readonly isUnverified?: boolean | undefined;
  /** Default: none. */
  readonly proxies?: ProxySettings | undefined;
  /** Hears of each connection when it begins; the report fills while it is made. Default: nobody. */
  readonly onDial?: ((report: DialReport) => void) | undefined;
}

const nodeAuthorities: Authorities = { pem: undefined, source: "Node.js's own list" };

/**
 * Our own HTTP/1.1 client: few large buffers that are used again, connections that are kept, and a parser that refuses
 * whatever Node's own refuses. Sockets and TLS are loaded by the first request that needs them.
 * @throws {TypeError} a user agent that is no header value
 */
export function createWireHttp(options: WireHttpOptions): Http {
  const {
    userAgent,
    ca,
    tlsOf = () => Promise.resolve(undefined),
    proxies = {},
    onDial,
    isUnverified = false,
  } = options;
  checkHeaderValue("user-agent", userAgent);
  const authorities = typeof ca === "function" ? ca : async () => authoritiesOf(ca);
  const { contextOf, widen } = createSecureContexts({ authorities, tlsOf });
  const shared: ConnectionOptions = {
    dialer: createDialer({ routeOf: createProxyChooser(proxies), contextOf, isUnverified, onDial }),
    buffers: new BufferPool(),
    timeouts: { ...defaultTimeouts, ...options.timeouts },
  };
  const pool = new ConnectionPool();

  async function send(request: HttpRequest): Promise<HttpResponse> {
    checkRequest(request);
    throwIfAborted(request.signal);
    const { origin } = request.url;
    const keep = (connection: Connection): void => pool.put(origin, connection);
    const kept = isRepeatable(request) ? pool.take(origin) : undefined;
    if (kept !== undefined) {
      kept.begin(request);
      try {
        return await exchange(kept, request, userAgent, keep);
      } catch (error) {
        if (!isDistError(error, "NETWORK") || !kept.isUnanswered) throw error;
      }
      throwIfAborted(request.signal);
    }
    return exchange(await open(request), request, userAgent, keep);
  }

  async function open(request: HttpRequest): Promise<Connection> {
    try {
      return await Connection.open(shared, request);
    } catch (error) {
      if (!isUntrusted(error) || !(await widen(error.details.trusted))) throw error;
    }
    throwIfAborted(request.signal);
    return Connection.open(shared, request);
  }

  return { send, close: () => pool.close() };
}

/** Whether `request` may go out twice, which happens when the server closes a kept connection at that moment. */
function isRepeatable(request: HttpRequest): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function authoritiesOf(ca: string | readonly string[] | undefined): Authorities {
  return ca === undefined ? nodeAuthorities : { pem: [ca].flat(), source: "the `ca` option" };
}
