import { isLoopbackHost } from "../loopback.ts";
import { parseProxy, type Proxy, type ProxySettings, type ProxyText } from "../proxy.ts";

/** The proxy through which a request goes; `undefined` for the direct way. */
export type ProxyChooser = (url: URL) => Promise<Proxy | undefined>;

/**
 * Chooses by the scheme of the URL. This machine is never reached through a proxy, as in Go: there it would be another
 * machine. An address is read when it is first needed, so that a bad one troubles only who uses it.
 * @throws {DistError} INVALID_CONFIG from the function that it returns
 */
export function createProxyChooser({ http, https, except = "" }: ProxySettings): ProxyChooser {
  const parsed = new Map<ProxyText, Proxy>();
  let isExcepted: ((url: URL) => boolean) | undefined;
  return async (url) => {
    const text = url.protocol === "https:" ? https : http;
    if (text === undefined || isLoopbackHost(url.hostname)) return undefined;
    if (except !== "") {
      isExcepted ??= (await import("./no-proxy.ts")).parseNoProxy(except);
      if (isExcepted(url)) return undefined;
    }
    const proxy = parsed.get(text) ?? parseProxy(text);
    parsed.set(text, proxy);
    return proxy;
  };
}
