import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { type DistClientOptions, resolveSettings } from "./settings.ts";

const full: Environment = {
  GREENTIC_DIST_CACHE_DIR: "/var/cache/components",
  GREENTIC_DIST_CACHE_FROM: ["/baked", "", "/nfs"].join(delimiter),
  GREENTIC_DIST_OFFLINE: "1",
  GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP: "1",
  GREENTIC_REPO_REGISTRY_BASE: "ghcr.io/repo",
  GREENTIC_STORE_REGISTRY_BASE: "ghcr.io/store",
  GREENTIC_FIXTURE_DIR: "/fixtures",
  SSL_CERT_FILE: "/ca.pem",
  HOME: "/home/ada",
};

test("an empty environment reads nothing around it, and every default holds", async () => {
  const { onEvent, now, platforms, ...settings } = resolveSettings({ env: {} });
  expect(settings).toEqual({
    logins: expect.any(Function),
    cacheDir: join(".greentic", "cache", "components"),
    cacheFrom: [],
    temporaryDir: expect.any(Function),
    offline: false,
    allowTags: true,
    allowInsecureLocalHttp: false,
    insecureRegistries: undefined,
    maxArtifactBytes: 2 * 1024 ** 3,
    cacheMaxBytes: 3 * 2 ** 30,
    strict: false,
    network: {
      proxies: { http: undefined, https: undefined, except: undefined },
      isProxyGiven: false,
      timeouts: {},
      ca: undefined,
      tlsMode: undefined,
      authorities: { certFile: undefined, certDirs: [], extraFile: undefined },
      mirrors: expect.any(Function),
      tls: new Map(),
    },
    fetch: undefined,
    registry: undefined,
    credentials: undefined,
    bases: { repo: undefined, store: undefined },
    retry: {
      attempts: 5,
      initialMs: 250,
      maxMs: 4000,
      random: Math.random,
      sleep: expect.any(Function),
    },
    fixtureDir: undefined,
    configSearch: { env: {}, cwd: undefined, platform: process.platform },
    onTrace: undefined,
  });
  expect(settings.temporaryDir()).toBe(tmpdir());
  expect(await settings.network.mirrors()).toEqual({
    certsDirs: [],
    registriesConf: { files: [], folders: [] },
  });
  expect(onEvent({ event: "resolving", reference: "x" })).toBeUndefined();
  expect(now).toBe(Date.now);
  expect(platforms.slice(0, 2)).toEqual([
    { os: "wasip2", architecture: "wasm", variant: undefined },
    { os: "wasip1", architecture: "wasm", variant: undefined },
  ]);
  expect(platforms).toHaveLength(3);
});

test("variables set what no option says", () => {
  expect(resolveSettings({ env: full })).toMatchObject({
    cacheDir: "/var/cache/components",
    cacheFrom: ["/baked", "/nfs"],
    offline: true,
    allowInsecureLocalHttp: true,
    network: { authorities: { certFile: "/ca.pem" } },
    bases: { repo: "ghcr.io/repo", store: "ghcr.io/store" },
    fixtureDir: "/fixtures",
  });
});

test("options win over variables, false and all", () => {
  const options: DistClientOptions = {
    cacheDir: "/given",
    cacheFrom: [],
    offline: false,
    allowInsecureLocalHttp: false,
    ca: "PEM",
    maxArtifactBytes: 0,
    platform: "linux/arm64/v8",
    insecureRegistries: ["Registry.Local:5000", "[::1]:80", "a"],
  };
  expect(resolveSettings({ env: full, ...options })).toMatchObject({
    cacheDir: "/given",
    cacheFrom: [],
    offline: false,
    allowInsecureLocalHttp: false,
    network: { ca: "PEM" },
    maxArtifactBytes: 0,
    platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }],
    insecureRegistries: new Set(["registry.local:5000", "[::1]:80", "a"]),
  });
});

test("a variable that is empty counts as not set, and only 1 turns a switch on", async () => {
  const empty = Object.fromEntries(Object.keys(full).map((name) => [name, ""]));
  const [settings, unset] = [resolveSettings({ env: empty }), resolveSettings({ env: {} })];
  expect(await settings.network.mirrors()).toEqual(await unset.network.mirrors());
  expect(settings.temporaryDir()).toBe(unset.temporaryDir());
  expect(settings).toEqual({
    ...unset,
    network: { ...unset.network, mirrors: expect.any(Function) },
    temporaryDir: expect.any(Function),
    configSearch: expect.any(Object),
    onEvent: expect.any(Function),
    logins: expect.any(Function),
  });
  for (const value of ["0", "true", "yes", " 1", "11"]) {
    const env = { GREENTIC_DIST_OFFLINE: value, GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP: value };
    expect(resolveSettings({ env })).toMatchObject({ offline: false, allowInsecureLocalHttp: false });
  }
});

test("GREENTIC_CACHE_DIR is not ours, and is not read", () => {
  expect(resolveSettings({ env: { GREENTIC_CACHE_DIR: "/runner" } }).cacheDir).toBe(
    resolveSettings({ env: {} }).cacheDir,
  );
});

test("a project is looked for from the current folder, unless the environment is given", () => {
  expect(resolveSettings({}).configSearch).toMatchObject({ cwd: ".", env: process.env });
  expect(resolveSettings({ env: {}, cwd: "/work" }).configSearch).toMatchObject({ cwd: "/work", env: {} });
});

test("options that say undefined say nothing", () => {
  expect(
    resolveSettings({ env: full, cacheDir: undefined, offline: undefined, ca: undefined }),
  ).toMatchObject({
    cacheDir: "/var/cache/components",
    offline: true,
    network: { ca: undefined, authorities: { certFile: "/ca.pem" } },
  });
});

test("settings cannot be changed afterwards", () => {
  expect(Object.isFrozen(resolveSettings({ env: {} }))).toBe(true);
});

test("how patient a client is comes from options, else from variables", () => {
  const env = {
    GREENTIC_OCI_RETRY_ATTEMPTS: "1",
    GREENTIC_OCI_RETRY_INITIAL_MS: "0",
    GREENTIC_OCI_RETRY_MAX_MS: "60000",
  };
  expect(resolveSettings({ env }).retry).toMatchObject({ attempts: 1, initialMs: 0, maxMs: 60_000 });
  const retry = { attempts: 3, initialMs: undefined, maxMs: 7 };
  expect(resolveSettings({ env, retry }).retry).toMatchObject({ attempts: 3, initialMs: 0, maxMs: 7 });
  for (const value of ["0", "21", "-1", "1.5", "five", " 1", "1e1", "9999999999"]) {
    const bad = { GREENTIC_OCI_RETRY_ATTEMPTS: value };
    expect(() => resolveSettings({ env: bad })).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: `GREENTIC_OCI_RETRY_ATTEMPTS is \`${value}\`, expected a whole number from 1 to 20`,
      }),
    );
  }
  expect(() => resolveSettings({ env, retry: { maxMs: 60_001 } })).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining("retry.maxMs") }),
  );
});

test("what cannot be used is refused at once", () => {
  for (const platform of ["", "linux", "linux/", "/arm64", "a/b/c/d", "linux/arm 64", "linux/\u0000"]) {
    expect(() => resolveSettings({ env: {}, platform })).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: expect.stringContaining("invalid platform"),
      }),
    );
  }
  for (const host of ["", "http://a", "a/b", "a:port", "a b", "a:123456", "user@a", "[::1", "\u001b[31m"]) {
    expect(() => resolveSettings({ env: {}, insecureRegistries: ["fine", host] })).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: expect.stringContaining("no registry host"),
      }),
    );
  }
  for (const maxArtifactBytes of [-1, 1.5, Number.NaN, Infinity, 2 ** 60]) {
    expect(() => resolveSettings({ env: {}, maxArtifactBytes })).toThrow(TypeError);
  }
});
