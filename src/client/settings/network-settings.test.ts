import { expect, test } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { networkFromConfig } from "../config/network-from-config.ts";
import type { Environment } from "./environment.ts";
import { type NetworkOptions, resolveNetworkSettings } from "./network-settings.ts";

function proxiesIn(env: Environment) {
  const { http, https, except } = resolveNetworkSettings({}, env).proxies;
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

async function configured(options: NetworkOptions, env: Environment) {
  const config = await loadConfig({ env, cwd: undefined, platform: "linux" });
  return networkFromConfig(resolveNetworkSettings(options, env), config);
}

test.each<[title: string, options: NetworkOptions, env: Environment, source: string | undefined]>([
  ["the option first", { proxy: "p" }, {}, "the `proxy` option"],
  ["none, where the option is empty", { proxy: "" }, {}, undefined],
  ["the configuration next", {}, {}, "GREENTIC_NETWORK_PROXY_URL"],
  ["then the usual variables", {}, { GREENTIC_NETWORK_PROXY_URL: "" }, "HTTPS_PROXY"],
])("the proxy for all is %s", async (_title, options, more, source) => {
  const env = { GREENTIC_NETWORK_PROXY_URL: "http://c", HTTPS_PROXY: "b", NO_PROXY: "c", ...more };
  const { proxies } = await configured(options, env);
  expect({ source: proxies.https?.source, except: proxies.except }).toEqual({ source, except: "c" });
});

test("the configuration sets times and the mode of TLS where the options say nothing", async () => {
  const env = {
    GREENTIC_NETWORK_TLS_MODE: "strict",
    GREENTIC_NETWORK_CONNECT_TIMEOUT_MS: "1",
    GREENTIC_NETWORK_READ_TIMEOUT_MS: "2",
  };
  expect(await configured({}, env)).toMatchObject({
    tlsMode: "strict",
    authorities: { system: false },
    timeouts: { connectMs: 1, headersMs: 2, stallMs: 2 },
  });
  expect(await configured({ tlsMode: "system", timeouts: { connectMs: 5 } }, env)).toMatchObject({
    tlsMode: "system",
    authorities: { system: true },
    timeouts: { connectMs: 5, headersMs: 2, stallMs: 2 },
  });
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
