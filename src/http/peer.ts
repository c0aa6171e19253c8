import type { Proxy } from "./proxy.ts";
import { shownProxy } from "./proxy.ts";

/** Who is at the other end of a connection while a request is under way, as messages name it. */
export interface Peer {
  /** `ghcr.io`, or `the proxy http://10.0.0.1:3128 (HTTPS_PROXY)`. */
  readonly name: string;
  /** The same after "cannot find". */
  readonly sought: string;
  /** The way there, to follow on a sentence: empty, or ` (through the proxy …)`. */
  readonly via: string;
  /** What to do when nobody is there; `undefined` when nothing better is known than for any server. */
  readonly hint: string | undefined;
}

/** The server at `url`, reached directly or through a tunnel. */
export function serverPeer({ host, hostname }: URL, proxy: Proxy | undefined): Peer {
  const via = proxy === undefined ? "" : ` (through ${shownProxy(proxy)})`;
  return { name: host, sought: `host ${hostname}`, via, hint: undefined };
}

/** A proxy on the way to `url`. */
export function proxyPeer(proxy: Proxy, url: URL): Peer {
  const name = shownProxy(proxy);
  const hint = `correct ${proxy.source}; or, if ${url.hostname} can be reached without a proxy, add it to NO_PROXY`;
  return { name, sought: name, via: "", hint };
}
