import { isLoopbackHost } from "../loopback.ts";
import { parseProxy, type Proxy, type ProxySettings, type ProxyText } from "../proxy.ts";

/** The way that requests to a server take. */
export interface Route {
  /** `undefined` for the direct way. */
  readonly proxy: Proxy | undefined;
  /** Who or what decided that, for people: a variable, an option, or why there is no proxy. */
  readonly why: string;
}

/** Decides the {@link Route} of a request. */
export type ProxyChooser = (url: URL) => Promise<Route>;

const direct = (why: string): Route => ({ proxy: undefined, why });

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
    if (text === undefined) return direct("no variable, option or configuration names one");
    if (isLoopbackHost(url.hostname)) return direct("this machine is never reached through one");
    if (except !== "") {
      isExcepted ??= (await import("./no-proxy.ts")).parseNoProxy(except);
      if (isExcepted(url)) return direct(`NO_PROXY spares it the one in ${text.source}`);
    }
    const proxy = parsed.get(text) ?? parseProxy(text);
    parsed.set(text, proxy);
    return { proxy, why: text.source };
  };
}
