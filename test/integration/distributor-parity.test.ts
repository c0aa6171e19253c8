// What the Rust client's own tests (release 0.4.26) hold it to where it asks a distributor; see parity.test.ts.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ChainedDistributorSource,
  createTenantCtx,
  DevDistributorSource,
  type DistributorApiBindings,
  type DistributorClientConfig,
  distributorClientConfigFromGreentic,
  DistributorError,
  type DistributorSource,
  GeneratedDistributorApiBindings,
  HttpDistributorClient,
  isDigest,
  isDistributorError,
  WitDistributorClient,
} from "../../src/index.ts";
import { type Handler, startServer, type TestServer } from "../support/http-server.ts";
import { tempDir } from "../support/temp-dir.ts";

const tenant = createTenantCtx("dev", "tenant-a");
const request = {
  tenant,
  environmentId: "env-1",
  packId: "pack-123",
  componentId: "component-x",
  version: "1.0.0",
  extra: { note: "test" },
};
const digest = `sha256:${"a".repeat(64)}`;
const resolved = {
  status: "ready",
  digest,
  artifact: { kind: "file_path", path: "/tmp/component.wasm" },
  signature: { verified: true, signer: "signer", extra: {} },
  cache: { size_bytes: 5, last_used_utc: "2026-01-01T00:00:00Z", last_refreshed_utc: "2026-01-01T00:00:00Z" },
  secret_requirements: [{ key: "TEST_API_KEY", required: true, description: "for tests" }],
};

let answer: Handler;
let received: {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
};
let server: TestServer;
beforeEach(async () => {
  answer = async () => Response.json(resolved);
  server = await startServer(async (incoming) => {
    const { method, headers, url } = incoming;
    received = { url: new URL(url), method, headers, body: await incoming.clone().text() };
    return answer(incoming);
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const client = (config: Partial<DistributorClientConfig> = {}): HttpDistributorClient =>
  new HttpDistributorClient({
    baseUrl: server.url,
    environmentId: "env-1",
    tenant,
    requestTimeoutMs: 5000,
    ...config,
  });

describe("the client over HTTP", () => {
  test("7A.32 a component is resolved by a message in exactly this form", async () => {
    const response = await client().resolveComponent(request);
    expect(received).toMatchObject({
      method: "POST",
      url: { pathname: "/distributor-api/resolve-component" },
    });
    expect(JSON.parse(received.body)).toEqual({
      tenant: { env: "dev", tenant: "tenant-a", tenant_id: "tenant-a", attempt: 0 },
      environment_id: "env-1",
      pack_id: "pack-123",
      component_id: "component-x",
      version: "1.0.0",
      extra: { note: "test" },
    });
    expect(response).toMatchObject({ status: "ready", digest });
    expect(response.secretRequirements).toEqual([
      { key: "TEST_API_KEY", required: true, description: "for tests", examples: [] },
    ]);
    expect(response.cache.sizeBytes).toBe(5);
  });

  test("7A.33 an answer that does not speak of secrets leaves them undefined", async () => {
    const { secret_requirements: _, ...silent } = resolved;
    answer = async () => Response.json(silent);
    const response = await client().resolveComponent(request);
    expect(response.secretRequirements).toBeUndefined();
  });

  test("7A.34 the status of a pack is the JSON that the distributor says", async () => {
    answer = async () => Response.json({ ready: 2, some_key: null });
    expect(await client().getPackStatus(tenant, "env-1", "pack-123")).toEqual({ ready: 2, some_key: null });
    expect(received.url.pathname).toBe("/distributor-api/pack-status");
    expect(received.url.search).toBe("?tenant_id=tenant-a&environment_id=env-1&pack_id=pack-123");
  });

  test("7A.35 the second form of the status tells the secrets", async () => {
    const secrets = resolved.secret_requirements;
    answer = async () =>
      Response.json({ status: "ready", secret_requirements: secrets, extra: { ready: 1 } });
    const status = await client().getPackStatusV2(tenant, "env-1", "pack-123");
    expect(received.url.pathname).toBe("/distributor-api/pack-status-v2");
    expect(status).toMatchObject({ status: "ready", extra: { ready: 1 } });
    expect(status.secretRequirements).toHaveLength(1);
  });

  test("7A.36 the token goes into the header", async () => {
    await client({ authToken: "token123" }).resolveComponent(request);
    expect(received.headers.get("authorization")).toBe("Bearer token123");
  });

  test("7A.37 404 means not found", async () => {
    answer = async () => new Response("nope", { status: 404 });
    const call = client().getPackStatus(tenant, "env-1", "pack-123");
    await expect(call).rejects.toSatisfy((error) => isDistributorError(error, "not_found"));
  });

  test("7A.38 another status is told with its body", async () => {
    answer = async () => new Response("boom", { status: 500 });
    const call = client().getPackStatus(tenant, "env-1", "pack-123");
    await expect(call).rejects.toMatchObject({ kind: "status", message: "unexpected status 500: boom" });
  });

  test("7A.39 what is no JSON is an error of its own", async () => {
    answer = async () => new Response("not-json");
    const call = client().getPackStatus(tenant, "env-1", "pack-123");
    await expect(call).rejects.toMatchObject({ kind: "serialization" });
  });

  test("7A.40 a digest says whether it is a SHA-256", async () => {
    expect(isDigest(digest)).toBe(true);
    expect(isDigest("md5:abc")).toBe(false);
  });
});

const secret = {
  key: "TEST_API_KEY",
  required: true,
  scope: { env: "dev", tenant: "tenant-a", team: undefined },
  format: "text",
  examples: [],
} as const;

/** Bindings that answer at once, as those of a guest do. */
const bindings: DistributorApiBindings = {
  resolveComponent: () => ({
    componentStatus: "ready",
    digest,
    artifactLocation: { kind: "file", value: "/tmp/component.wasm" },
    signatureSummary: { verified: true, signer: "signer", extra: '{"a":1}' },
    cacheInfo: { sizeBytes: 5n, lastUsedUtc: "a", lastRefreshedUtc: "b" },
    secretRequirements: [secret],
  }),
  getPackStatus: (...names) => JSON.stringify({ names }),
  getPackStatusV2: (_tenantId, _environmentId, packId) => ({
    status: `status-${packId}`,
    secretRequirements: [secret],
    extra: "{}",
  }),
  warmPack: () => undefined,
};

describe("the client over WIT", () => {
  const wit = new WitDistributorClient(new GeneratedDistributorApiBindings(bindings));

  test("7A.41 a component is translated", async () => {
    expect(await wit.resolveComponent(request)).toEqual({
      status: "ready",
      digest,
      artifact: { kind: "file_path", path: "/tmp/component.wasm" },
      signature: { verified: true, signer: "signer", extra: { a: 1 } },
      cache: { sizeBytes: 5, lastUsedUtc: "a", lastRefreshedUtc: "b" },
      secretRequirements: [secret],
    });
  });

  test("7A.42 the status of a pack is the JSON in the text; tenant, environment and pack are asked in this order", async () => {
    expect(await wit.getPackStatus(tenant, "env-1", "pack-123")).toEqual({
      names: ["tenant-a", "env-1", "pack-123"],
    });
  });

  test("7A.43 the second form of the status tells the secrets", async () => {
    const status = await wit.getPackStatusV2(tenant, "env-1", "pack-123");
    expect(status).toEqual({ status: "status-pack-123", secretRequirements: [secret], extra: {} });
  });

  test("7A.44 a pack is warmed", async () => {
    await expect(wit.warmPack(tenant, "env-1", "pack-123")).resolves.toBeUndefined();
  });

  test("7A.untested outside a guest there are no bindings", async () => {
    const outside = new WitDistributorClient(new GeneratedDistributorApiBindings());
    const message = "wit error: distributor-api imports are only available on wasm32 targets";
    const calls = [
      outside.resolveComponent(request),
      outside.getPackStatus(tenant, "env-1", "p"),
      outside.getPackStatusV2(tenant, "env-1", "p"),
      outside.warmPack(tenant, "env-1", "p"),
      outside.resolveRef("oci://ghcr.io/acme/hello:1"),
      outside.getByDigest(digest),
    ];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject({ kind: "wit", message })));
  });
});

describe("the configuration", () => {
  // The Rust client dropped the proxy, the TLS mode and the time to connect.
  test("7A.45 takes its times and the environment from Greentic's", () => {
    const network = {
      read_timeout_ms: 2500,
      connect_timeout_ms: 100,
      proxy_url: "http://p",
      tls_mode: "strict",
    } as const;
    const ignored = createTenantCtx("ignored", "tenant-a");
    expect(distributorClientConfigFromGreentic({ environment: { env_id: "dev" }, network }, ignored)).toEqual(
      {
        environmentId: "dev",
        tenant: { ...ignored, env: "dev" },
        requestTimeoutMs: 2500,
        connectTimeoutMs: 100,
        proxyUrl: "http://p",
        tlsMode: "strict",
      },
    );
    expect(() => distributorClientConfigFromGreentic({ environment: { env_id: "a/b" } }, ignored)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG" }) as Error,
    );
  });
});

/** A source that always fails, and says so in `seen`. */
function throwing(kind: "not_found" | "other", seen: string[] = []): DistributorSource {
  const fail = (): Promise<never> => {
    seen.push(kind);
    return Promise.reject(new DistributorError(kind, "boom", { details: {} }));
  };
  return { fetchPack: fail, fetchComponent: fail };
}

describe("a chain of sources", () => {
  const bytes = new TextEncoder().encode("pack");
  const has: DistributorSource = { fetchPack: async () => bytes, fetchComponent: async () => bytes };

  test("7A.46 the first source that has it gives it", async () => {
    const seen: string[] = [];
    const chain = new ChainedDistributorSource([has, throwing("other", seen)]);
    expect(await chain.fetchPack("p", "1.0.0")).toBe(bytes);
    expect(seen).toEqual([]);
  });

  test("7A.47 where it is not found, the next one is asked", async () => {
    const seen: string[] = [];
    const chain = new ChainedDistributorSource([throwing("not_found", seen), has]);
    expect(await chain.fetchComponent("c", "1.0.0")).toBe(bytes);
    expect(seen).toEqual(["not_found"]);
  });

  test("7A.48 any other error ends the search", async () => {
    const chain = new ChainedDistributorSource([throwing("other"), has]);
    await expect(chain.fetchPack("p", "1.0.0")).rejects.toMatchObject({
      kind: "other",
      message: "other distributor error: boom",
    });
  });

  test("7A.untested in none of them it is not found", async () => {
    const none = { kind: "not_found", message: "resource not found: pack p 1.0.0, in none of 0 sources" };
    await expect(new ChainedDistributorSource([]).fetchPack("p", "1.0.0")).rejects.toMatchObject(none);
    const two = new ChainedDistributorSource([throwing("not_found"), throwing("not_found")]);
    await expect(two.fetchPack("p", "1.0.0")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a folder as a source", () => {
  test.each([
    ["7A.56", "flat", "packs/p-1.0.0.gtpack", "components/c-1.0.0.wasm"],
    ["7A.57", "byIdAndVersion", "packs/p/1.0.0/pack.gtpack", "components/c/1.0.0/component.wasm"],
  ] as const)("%s is laid out %s", async (_, layout, pack, component) => {
    await using dir = await tempDir();
    for (const path of [pack, component]) {
      await mkdir(join(dir.path, dirname(path)), { recursive: true });
      await writeFile(join(dir.path, path), path);
    }
    const source = new DevDistributorSource({ rootDir: dir.path, layout });
    expect(new TextDecoder().decode(await source.fetchPack("p", "1.0.0"))).toBe(pack);
    expect(new TextDecoder().decode(await source.fetchComponent("c", "1.0.0"))).toBe(component);
  });

  test("7A.58 what is not there is not found", async () => {
    await using dir = await tempDir();
    const source = new DevDistributorSource({ rootDir: dir.path });
    for (const call of [() => source.fetchPack("p", "1.0.0"), () => source.fetchComponent("c", "1.0.0")]) {
      await expect(call()).rejects.toSatisfy((error) => isDistributorError(error, "not_found"));
    }
  });
});
