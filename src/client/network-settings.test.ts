import { expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { resolveNetworkSettings } from "./network-settings.ts";

function proxiesIn(env: Environment, proxy?: string) {
  const { http, https, except } = resolveNetworkSettings({ proxy }, env).proxies;
  return { http: http?.text, https: https?.text, except };
}

test.each<[title: string, env: Environment, expected: ReturnType<typeof proxiesIn>]>([
  ["none", {}, { http: undefined, https: undefined, except: undefined }],
  [
    "one for each scheme",
    { HTTP_PROXY: "a", HTTPS_PROXY: "b", NO_PROXY: "c" },
    { http: "a", https: "b", except: "c" },
  ],
  [
    "ALL_PROXY for what has none",
    { HTTPS_PROXY: "b", ALL_PROXY: "d" },
    { http: "d", https: "b", except: undefined },
  ],
  [
    "lower case first",
    { HTTP_PROXY: "A", http_proxy: "a", HTTPS_PROXY: "B", https_proxy: "b", NO_PROXY: "C", no_proxy: "c" },
    { http: "a", https: "b", except: "c" },
  ],
  [
    "all_proxy before ALL_PROXY",
    { ALL_PROXY: "D", all_proxy: "d" },
    { http: "d", https: "d", except: undefined },
  ],
  [
    "one set to nothing is not set",
    { http_proxy: "", HTTP_PROXY: "a", HTTPS_PROXY: "", NO_PROXY: "" },
    { http: "a", https: undefined, except: undefined },
  ],
  [
    "under CGI a request's Proxy header is no proxy",
    { REQUEST_METHOD: "GET", HTTP_PROXY: "evil", HTTPS_PROXY: "b" },
    { http: undefined, https: "b", except: undefined },
  ],
  [
    "under CGI the spelling in lower case still counts",
    { REQUEST_METHOD: "GET", HTTP_PROXY: "evil", http_proxy: "a" },
    { http: "a", https: undefined, except: undefined },
  ],
])("proxies: %s", (_title, env, expected) => {
  expect(proxiesIn(env)).toEqual(expected);
});

test("the proxy of the options is for all, and for nothing when it is empty; NO_PROXY holds all the same", () => {
  const env = { HTTPS_PROXY: "b", NO_PROXY: "c" };
  expect(proxiesIn(env, "p")).toEqual({ http: "p", https: "p", except: "c" });
  expect(proxiesIn(env, "")).toEqual({ http: undefined, https: undefined, except: "c" });
});

test("certificates for hosts are kept by the host as URLs spell it, and other keys are refused", () => {
  const one = { ca: "PEM" };
  const { tls } = resolveNetworkSettings({ tls: { "Registry.Local:5000": one, "ghcr.io:443": one } }, {});
  expect([...tls.keys()]).toEqual(["registry.local:5000", "ghcr.io"]);
  expect(() => resolveNetworkSettings({ tls: { "https://a": one } }, {})).toThrow(/no registry host/);
});

test("SSL_CERT_DIR is a list of folders", () => {
  const { authorities } = resolveNetworkSettings({}, { SSL_CERT_DIR: "/a::/b", NODE_EXTRA_CA_CERTS: "/c" });
  expect(authorities).toEqual({ certFile: undefined, certDirs: ["/a", "/b"], extraFile: "/c" });
});
