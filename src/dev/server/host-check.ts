import { isLoopbackHost } from "../../http/index.ts";

/** A host as it stands in a URL: an IPv6 address in brackets, everything in lower case. */
export function hostInUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]`.toLowerCase() : host.toLowerCase();
}

/**
 * Makes what judges a Host header. A page on the web can let its own name point to this machine (DNS rebinding), but
 * it cannot choose under which name the browser then asks. So names of this machine only count, and, when others may
 * connect, any address: no name can be rebound to that.
 * @param host where the server listens
 * @param names under which it is reached besides
 */
export function createHostCheck(host: string, names: readonly string[]): (header: string | null) => boolean {
  const own: ReadonlySet<string> = new Set([host, ...names].map(hostInUrl));
  const isShared = !isLoopbackHost(hostInUrl(host));
  return (header) => {
    const name = hostnameOf(header ?? "");
    if (name === undefined) return false;
    return isLoopbackHost(name) || own.has(name) || (isShared && /^\[|^\d+(?:\.\d+){3}$/.test(name));
  };
}

/** The host in a Host header, as a URL has it: `127.1` is `127.0.0.1`. */
function hostnameOf(header: string): string | undefined {
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(header)) return undefined;
  const url = `http://${header}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
