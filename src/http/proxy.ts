import { unescape } from "node:querystring";
import { DistError } from "../core/index.ts";

/** A forward proxy. */
export interface Proxy {
  /** Its origin, without a login: plain http, or TLS to the proxy itself. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`, a secret. */
  readonly authorization: (() => string) | undefined;
  /** Where it was named: a variable, a file or an option. */
  readonly source: string;
}

/** The address of a proxy as it was written, and where. */
export interface ProxyText {
  /** `[http[s]://][USER:PASSWORD@]HOST[:PORT]`, the login percent-encoded. */
  readonly text: string;
  readonly source: string;
}

/** Which requests go through which proxy. */
export interface ProxySettings {
  /** For http URLs. Default: none. */
  readonly http?: ProxyText | undefined;
  /** For https URLs. Default: none. */
  readonly https?: ProxyText | undefined;
  /** What goes through neither, as `NO_PROXY` spells it. Default: nothing but this machine. */
  readonly except?: string | undefined;
}

/** The proxy as messages name it. */
export function shownProxy({ url, source }: Proxy): string {
  return `the proxy ${url.origin} (${source})`;
}

/**
 * Reads the address of a proxy. Without a scheme it is http, as for curl and Go; the port defaults to the scheme's.
 * @throws {DistError} INVALID_CONFIG, which never shows the address: it may hold a password
 */
export function parseProxy({ text, source }: ProxyText): Proxy {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme?.startsWith("socks")) throw invalidProxy(source, "is a SOCKS proxy, which is not supported");
  const address = scheme === undefined ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalidProxy(source, "is no address of a proxy");
  }
  return { url: new URL(url.origin), authorization: authorizationOf(url, source), source };
}

function authorizationOf({ username, password }: URL, source: string): (() => string) | undefined {
  if (username === "" && password === "") return undefined;
  const name = unescape(username);
  const login = `${name}:${unescape(password)}`;
  // RFC 7617: neither can be told apart, or sent, with these.
  if (name.includes(":") || /\p{Cc}/u.test(login))
    throw invalidProxy(source, "has a login that cannot be sent");
  return () => `Basic ${Buffer.from(login).toString("base64")}`;
}

function invalidProxy(source: string, reason: string): DistError<"INVALID_CONFIG"> {
  return new DistError(
    "INVALID_CONFIG",
    `the value of ${source} ${reason}`,
    {},
    {
      hint: "write http://HOST:PORT or https://HOST:PORT; a login goes before the host as USER:PASSWORD@, its special characters percent-encoded",
    },
  );
}
