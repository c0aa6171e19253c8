import { createHash } from "node:crypto";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDevDistributor, type DevDistributorOptions, type ServedRequest } from "../../src/dev/index.ts";
import { DistClient } from "../../src/index.ts";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { tempDir } from "../support/temp-dir.ts";

interface World extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly folder: string;
  /** Requests that are over. */
  readonly requests: readonly ServedRequest[];
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** A served folder with two versions of a component and a pack. */
async function openWorld(options: Partial<DevDistributorOptions> = {}): Promise<World> {
  const dir = await tempDir();
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(dir.path, path)), { recursive: true });
    await writeFile(join(dir.path, path), bytes);
  };
  await write("components/hello-1.9.0.wasm", smallComponent);
  await write("components/hello/1.10.0/component.wasm", bytesOf(5000, "hello"));
  await write("packs/tools-0.1.0.gtpack", bytesOf(3000, "tools"));
  const requests: ServedRequest[] = [];
  const served = await createDevDistributor({
    root: dir.path,
    onRequest: (request) => requests.push(request),
    ...options,
  });
  return {
    url: served.url,
    host: served.host,
    folder: dir.path,
    requests,
    write,
    get: (path, init) => fetch(`${served.url}${path}`, init),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

interface Manifest {
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
}

const manifestOf = async (world: World, path: string): Promise<Manifest> =>
  (await (await world.get(`/v2/${path}`)).json()) as Manifest;
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

describe("the registry of a folder", () => {
  test("has the component.manifest.json beside a component as its second layer, as it is now", async () => {
    await using world = await openWorld();
    const path = "components/hello/manifests/1.10.0";
    const alone = await manifestOf(world, path);
    expect(alone.layers).toHaveLength(1);
    for (const text of ['{"name":"hello"}', '{"name":"other"}']) {
      const bytes = new TextEncoder().encode(text);
      await world.write("components/hello/1.10.0/component.manifest.json", bytes);
      const { layers } = await manifestOf(world, path);
      expect(layers).toEqual([
        alone.layers[0],
        {
          mediaType: "application/vnd.greentic.component.manifest+json",
          digest: sha256(bytes),
          size: bytes.length,
          annotations: { "org.opencontainers.image.title": "component.manifest.json" },
        },
      ]);
      expect(await (await world.get(`/v2/components/hello/blobs/${sha256(bytes)}`)).text()).toBe(text);
    }
    await using cache = await tempDir();
    await using client = new DistClient({ env: {}, cacheDir: cache.path });
    const { cachePath } = await client.ensureCached(`${world.host}/components/hello:1.10.0`);
    const shown = await readFile(join(dirname(cachePath), "component.manifest.json"), "utf8");
    expect(shown).toBe('{"name":"other"}');
  });

  test("finds what is pinned although another version cannot be read", async () => {
    await using world = await openWorld();
    const { layers } = await manifestOf(world, "components/hello/manifests/1.9.0");
    const manifest = await world.get("/v2/components/hello/manifests/1.9.0");
    const beside = join(world.folder, "components/hello/1.10.0/component.manifest.json");
    await writeFile(beside, "");
    await truncate(beside, 5_000_000);
    const pinned = `/v2/components/hello/manifests/${manifest.headers.get("docker-content-digest")}`;
    expect((await world.get(pinned)).status).toBe(200);
    expect((await world.get(`/v2/components/hello/blobs/${layers[0]?.digest}`)).status).toBe(200);
    expect((await world.get("/v2/components/hello/manifests/1.10.0")).status).toBe(503);
    expect((await world.get(`/v2/components/hello/blobs/sha256:${"0".repeat(64)}`)).status).toBe(503);
  });

  test("has a repository for each id, and a tag for each version and the highest", async () => {
    await using world = await openWorld();
    await world.write("components/Upper-1.0.0.wasm", smallComponent);
    await world.write("components/hello-2.0.0-rc.1+build.wasm", smallComponent);
    expect(await (await world.get("/v2/_catalog")).json()).toEqual({
      repositories: ["components/hello", "packs/tools"],
    });
    expect(await (await world.get("/v2/components/hello/tags/list")).json()).toEqual({
      name: "components/hello",
      tags: ["1.10.0", "1.9.0", "2.0.0-rc.1_build", "latest"],
    });
    const [latest, highest] = await Promise.all(
      ["latest", "1.10.0"].map((tag) => manifestOf(world, `components/hello/manifests/${tag}`)),
    );
    expect(latest).toEqual(highest);
    expect(latest?.layers[0]?.digest).toBe(sha256(bytesOf(5000, "hello")));
  });

  test("shows a component as the layout for Wasm has it, with what it exports in the config", async () => {
    await using world = await openWorld();
    const { config, layers } = await manifestOf(world, "components/hello/manifests/1.9.0");
    expect(layers).toMatchObject([
      { mediaType: "application/wasm", digest: sha256(smallComponent), size: smallComponent.length },
    ]);
    expect(config.mediaType).toBe("application/vnd.wasm.config.v0+json");
    expect(await manifestOf(world, `components/hello/blobs/${config.digest}`)).toEqual({
      created: "1970-01-01T00:00:00Z",
      architecture: "wasm",
      os: "wasip2",
      layerDigests: [sha256(smallComponent)],
      component: { exports: ["greet"], imports: [] },
    });
  });

  test("makes the same manifest of the same file wherever it is served", async () => {
    await using one = await openWorld();
    await using other = await openWorld();
    const path = "/v2/packs/tools/manifests/latest";
    const [a, b] = [await one.get(path), await other.get(path)];
    expect(a.headers.get("etag")).toBe(b.headers.get("etag"));
    const digest = a.headers.get("docker-content-digest");
    const again = await one.get(`/v2/packs/tools/manifests/${digest}`);
    expect(await again.text()).toBe(await a.text());
  });

  test("serves what lies there now: a changed file has another digest, and the old one is unknown", async () => {
    await using world = await openWorld();
    const before = await manifestOf(world, "packs/tools/manifests/0.1.0");
    await world.write("packs/tools-0.1.0.gtpack", bytesOf(4000, "changed"));
    const after = await manifestOf(world, "packs/tools/manifests/0.1.0");
    expect(after.layers[0]?.digest).toBe(sha256(bytesOf(4000, "changed")));
    const old = await world.get(`/v2/packs/tools/blobs/${before.layers[0]?.digest}`);
    expect(old.status).toBe(404);
  });

  test("keeps repositories apart: a digest of one is unknown in another", async () => {
    await using world = await openWorld();
    const digest = sha256(smallComponent);
    expect((await world.get(`/v2/components/hello/blobs/${digest}`)).status).toBe(200);
    expect((await world.get(`/v2/packs/tools/blobs/${digest}`)).status).toBe(404);
    expect((await world.get(`/v2/components/hello/referrers/${digest}`)).status).toBe(200);
  });
});

test("says of each request, when it is over, what was sent", async () => {
  await using world = await openWorld();
  const blob = `/v2/packs/tools/blobs/${sha256(bytesOf(3000, "tools"))}`;
  await (await world.get(blob)).arrayBuffer();
  await world.get(blob, { method: "HEAD" });
  await (await world.get("/nothing?here")).arrayBuffer();
  expect(world.requests).toMatchObject([
    { method: "GET", target: blob, status: 200, bytesSent: 3000, isComplete: true, error: undefined },
    { method: "HEAD", target: blob, status: 200, bytesSent: 0, isComplete: true, error: undefined },
    expect.objectContaining({ method: "GET", target: "/nothing?here", status: 404 }),
  ]);
});

test("every answer says what browsers may do with it", async () => {
  await using world = await openWorld({ token: "secret" });
  for (const path of ["/healthz", "/v2/", "/none"]) {
    const { headers } = await world.get(path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  }
});

describe("a distributor is not begun", () => {
  test.each([
    [{ root: "/none/such" }, "NOT_FOUND", "folder `/none/such` is not there"],
    [{ host: "0.0.0.0" }, "INVALID_INPUT", "other machines can reach `0.0.0.0`"],
    [{ host: "::" }, "INVALID_INPUT", "other machines can reach `::`"],
    [{ host: "192.0.2.1", allowAnonymous: true }, "INVALID_INPUT", "that is no address of this machine"],
    [{ token: "two words" }, "INVALID_INPUT", "the token cannot stand in a header"],
    [{ token: "" }, "INVALID_INPUT", "the token cannot stand in a header"],
    [{ token: "a", allowAnonymous: true }, "INVALID_INPUT", "a token is given"],
  ] as const)("%j", async (options, code, message) => {
    await expect(openWorld(options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
    });
  });

  test("on a port that another program has", async () => {
    await using world = await openWorld();
    const port = Number(new URL(world.url).port);
    await expect(openWorld({ port })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: `cannot listen on 127.0.0.1 port ${port}: another program listens there`,
    });
  });
});

test("listens for other machines when there is a token, and answers to their addresses", async () => {
  await using world = await openWorld({ host: "0.0.0.0", token: "secret" });
  expect(world.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await world.get("/v2/")).status).toBe(401);
  expect((await world.get("/healthz")).status).toBe(200);
  const authorization = `Basic ${Buffer.from("any:secret").toString("base64")}`;
  expect((await world.get("/v2/", { headers: { authorization } })).status).toBe(200);
});
