import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DistClient } from "../../src/index.ts";
import { httpFromFetch } from "../../src/http/index.ts";
import { anonymous, createRegistryClient, type RegistryClient } from "../../src/registry/index.ts";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { filesBelow, viewFolders } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { requireBasic, requireToken } from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const canary = "canary-3f9c";

test("bytes that were opened stay readable whatever another program removes, until they are disposed of", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const wasm = bytesOf(300_000, "open");
  const { reference, manifestDigest, contentDigest } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm,
  });
  const open = await cache.client.openCached(reference);
  expect(open).toMatchObject({ reference, digest: manifestDigest, contentDigest, fetched: true });
  await expect(cache.client.removeCached([manifestDigest])).rejects.toMatchObject({
    code: "IO",
    details: { errno: "EBUSY" },
  });
  expect(await viewFolders(dir.path)).toHaveLength(2);
  for (const name of await readdir(dir.path)) await rm(join(dir.path, name), { recursive: true });
  for (let i = 0; i < 2; i++) expect(Buffer.from(await open.bytes()).equals(wasm)).toBe(true);
  await open[Symbol.asyncDispose]();
  await expect(open.bytes()).rejects.toMatchObject({ code: "IO", details: { errno: "EBADF" } });
  await open[Symbol.asyncDispose]();
});

test("bytes that another program writes over while they are open are refused", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference } = pushComponent(registry, { repository, tag: "1.0", wasm: bytesOf(1000, "a") });
  await using open = await cache.client.openCached(reference);
  for (const bytes of [bytesOf(1000, "b"), bytesOf(999, "a")]) {
    await writeFile(open.cachePath, bytes);
    await expect(open.bytes()).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  }
});

test("a client that refuses tags takes pins, and says what to do about a tag", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const env = { GREENTIC_REPO_REGISTRY_BASE: `${registry.host}/acme` };
  await using cache = openClient(dir.path, { allowTags: false, env });
  const { reference, manifestDigest } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  const name = `${registry.host}/${repository}`;
  for (const tag of [reference, `${name}:1.0`, name, "repo://hello:1.0", "repo://hello"]) {
    for (const verb of ["ensureCached", "resolveRef", "openCached"] as const) {
      await expect(cache.client[verb](tag)).rejects.toMatchObject({
        code: "TAG_REFUSED",
        message: `digest pin required for \`${tag}\``,
        details: { reference: tag },
      });
    }
  }
  expect(registry.connections).toBe(0);
  for (const pin of [
    `${name}@${manifestDigest}`,
    `${name}:1.0@${manifestDigest}`,
    `repo://hello@${manifestDigest}`,
  ]) {
    expect((await cache.client.ensureCached(pin)).digest).toBe(manifestDigest);
  }
});

test("a mapped reference is pulled from the registry that it stands for, and works offline afterwards", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const env = { GREENTIC_STORE_REGISTRY_BASE: `${registry.host}/acme` };
  const { manifestDigest } = pushComponent(registry, { repository, tag: "1.0", wasm: smallComponent });
  await using online = openClient(dir.path, { env });
  const reference = "store://hello:1.0";
  expect(await online.client.resolveRef(reference)).toEqual({ reference, digest: manifestDigest });
  expect(await online.client.ensureCached(reference)).toMatchObject({ reference, digest: manifestDigest });
  await using offline = openClient(dir.path, { env, offline: true });
  expect((await offline.client.ensureCached(reference)).digest).toBe(manifestDigest);
  await using unmapped = openClient(dir.path, { offline: true });
  await expect(unmapped.client.ensureCached(reference)).rejects.toMatchObject({ code: "UNMAPPED" });
});

test("what happens is told in order", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  const { cachePath: path } = await cache.client.ensureCached(reference);
  const size = smallComponent.length;
  const cached = { event: "cached", reference, digest: manifestDigest, path };
  expect(cache.events).toEqual([
    { event: "resolving", reference },
    { event: "resolved", reference, digest: manifestDigest },
    { event: "downloading", reference, digest: contentDigest, totalBytes: size },
    { event: "progress", digest: contentDigest, receivedBytes: size, totalBytes: size },
    { event: "verified", digest: contentDigest },
    { ...cached, fetched: true },
  ]);
  await cache.client.ensureCached(reference);
  expect(cache.events.slice(6)).toEqual([
    { event: "resolving", reference },
    { event: "resolved", reference, digest: manifestDigest },
    { ...cached, fetched: false },
  ]);
  await expect(cache.client.ensureCached(`${reference}-absent`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(cache.events.at(-1)).toMatchObject({
    event: "failed",
    reference: `${reference}-absent`,
    code: "NOT_FOUND",
    message: expect.stringContaining("MANIFEST_UNKNOWN"),
  });
});

const login = { user: "ada", password: canary };

test.each<{ readonly scheme: string; readonly wrap: Wrap }>([
  { scheme: "a login", wrap: requireBasic(login) },
  { scheme: "a token", wrap: requireToken({ realmPath: "/token", service: "test", ...login }) },
])(
  "a registry that asks for $scheme gets what Docker's config.json holds, and no secret shows",
  async ({ wrap }) => {
    await using registry = await startRegistry({ wrap });
    await using dir = await tempDir();
    const root = join(dir.path, "cache");
    const { reference, contentDigest } = pushComponent(registry, {
      repository,
      tag: "1.0",
      wasm: smallComponent,
    });
    const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
    await writeFile(
      join(dir.path, "config.json"),
      JSON.stringify({ auths: { [registry.host]: { auth }, "other.example": { auth: btoa("eve:other") } } }),
    );
    await using cache = openClient(root, { env: { DOCKER_CONFIG: dir.path } });
    expect((await cache.client.ensureCached(reference)).contentDigest).toBe(contentDigest);
    const failures: unknown[] = [];
    for (const [env, password] of [
      [{}, undefined],
      [{ DOCKER_CONFIG: dir.path }, `${canary}-wrong`],
    ] as const) {
      if (password !== undefined) {
        const wrong = Buffer.from(`ada:${password}`).toString("base64");
        const config = { auths: { [registry.host]: { auth: wrong } } };
        await writeFile(join(dir.path, "config.json"), JSON.stringify(config));
      }
      await using refused = openClient(root, { env, onEvent: (event) => failures.push(event) });
      const failure: unknown = await refused.client.ensureCached(reference).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "UNAUTHORIZED" });
      failures.push(failure, String(failure), refused.lines);
    }
    const said = [
      JSON.stringify([cache.events, cache.lines, failures]),
      ...(await Promise.all(
        (await filesBelow(root)).map(
          async (path) => `${path}\n${await readFile(join(root, path), "latin1")}`,
        ),
      )),
    ].join("\n");
    expect(said).toContain(registry.host);
    for (const secret of [canary, auth, Buffer.from(`ada:${canary}-wrong`).toString("base64"), "Bearer "]) {
      expect(said).not.toContain(secret);
    }
  },
);

test("a login is skipped with a warning that says why, and the pull goes on without it", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference } = pushComponent(registry, { repository, tag: "1.0", wasm: smallComponent });
  await writeFile(join(dir.path, "config.json"), "{ not JSON");
  let asked = false;
  await using cache = openClient(join(dir.path, "cache"), {
    env: { DOCKER_CONFIG: dir.path },
    onEvent: ({ event }) => (asked ||= event === "warning"),
  });
  await cache.client.ensureCached(reference);
  expect(asked).toBe(false);
  await using locked = await startRegistry({ wrap: requireBasic(login) });
  await expect(cache.client.ensureCached(`${locked.host}/${repository}:1.0`)).rejects.toMatchObject({
    code: "UNAUTHORIZED",
  });
  expect(cache.warnings()).toEqual(["CREDENTIALS_SKIPPED"]);
});

test("an own registry client, fetch or login source is used in place of the built-in one", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  const seen: string[] = [];
  await using fetched = openClient(join(dir.path, "a"), {
    fetch: async (input, init) => {
      seen.push(String(input instanceof Request ? input.url : input));
      return fetch(input, init);
    },
  });
  expect((await fetched.client.ensureCached(reference)).contentDigest).toBe(contentDigest);
  expect(seen).toEqual([
    `${registry.url}/v2/${repository}/manifests/1.0`,
    `${registry.url}/v2/${repository}/blobs/${contentDigest}`,
  ]);
  const broken = new Error("no registry today");
  const failing: RegistryClient = {
    headManifest: () => Promise.reject(broken),
    fetchManifest: () => Promise.reject(broken),
    openBlob: () => Promise.reject(broken),
  };
  await using own = openClient(join(dir.path, "b"), { registry: failing, credentials: anonymous });
  await expect(own.client.ensureCached(reference)).rejects.toBe(broken);
});

test("a registry client of the caller's cannot bring in wrong bytes, wherever it gets them", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  const wrong = smallComponent.slice();
  wrong[9]! ^= 1;
  const honest = createRegistryClient({
    http: httpFromFetch(fetch),
    credentials: anonymous,
    allowPlainHttp: () => true,
    now: Date.now,
  });
  const lying: RegistryClient = {
    ...honest,
    openBlob: async () => ReadableStream.from<Uint8Array>([wrong]),
  };
  await using cache = openClient(dir.path, { registry: lying });
  await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
    details: { expected: contentDigest },
  });
  expect(await viewFolders(dir.path)).toEqual([]);
});

test("a client can be used again after it was disposed of", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference } = pushComponent(registry, { repository, tag: "1.0", wasm: smallComponent });
  const client = new DistClient({ env: {}, cacheDir: dir.path });
  await client[Symbol.asyncDispose]();
  for (const fetched of [true, false]) {
    expect((await client.ensureCached(reference)).fetched).toBe(fetched);
    await client[Symbol.asyncDispose]();
  }
});
