import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { type Digest, hexOf } from "../../src/core/index.ts";
import { isLockFailure } from "../../src/index.ts";
import { bytesOf, pushComponent, type PushedComponent, pushIndex } from "../support/artifacts.ts";
import { digestOf, filesBelow, leftovers, viewOf } from "../support/cache-files.ts";
import { openClient, type TestClient } from "../support/client.ts";
import { acceptNoReply, isBlob } from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { startServer } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";
import { rejectionOf } from "../support/thrown.ts";

const other = digestOf("something else");

/** A registry, a folder for lockfiles, and a client whose cache lies beside it. */
interface World extends AsyncDisposable {
  readonly registry: Registry;
  readonly folder: string;
  readonly root: string;
  readonly cache: TestClient;
  /** Writes a lockfile, JSON unless it is bytes, and returns its path. */
  readonly lock: (content: unknown) => Promise<string>;
  readonly open: (options?: Parameters<typeof openClient>[1]) => TestClient;
}

async function openWorld(wrap?: Wrap): Promise<World> {
  const registry = await startRegistry({ wrap });
  const dir = await tempDir();
  const folder = join(dir.path, "lock");
  const root = join(dir.path, "cache");
  await mkdir(folder);
  const cache = openClient(root);
  return {
    registry,
    folder,
    root,
    cache,
    lock: async (content) => {
      const path = join(folder, "pack.lock");
      await writeFile(path, content instanceof Uint8Array ? content : JSON.stringify(content));
      return path;
    },
    open: (options) => openClient(root, options),
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

function push(registry: Registry, name: string, text: string = name): PushedComponent {
  return pushComponent(registry, { repository: `acme/${name}`, tag: "1", wasm: bytesOf(3000, text) });
}

const blobRequests = ({ requests }: Registry): readonly string[] =>
  requests.flatMap(({ method, path }) => (path.includes("/blobs/") ? [`${method} ${basename(path)}`] : []));

async function failureOf(work: Promise<unknown>) {
  const error = await rejectionOf(work);
  if (!isLockFailure(error)) throw error;
  return error;
}

/** Counts how many requests for blobs are answered at the same time. */
function gauge(expected = 1): { readonly wrap: Wrap; readonly most: () => number } {
  let now = 0;
  let most = 0;
  let open: (() => void) | undefined;
  // The first are not answered before so many have come together.
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  const wrap: Wrap = (handler) => async (request) => {
    if (!request.url.includes("/blobs/")) return handler(request);
    now += 1;
    most = Math.max(most, now);
    if (most >= expected) open?.();
    await isOpen;
    // Long enough that everyone who may ask has asked.
    await new Promise((resolve) => setTimeout(resolve, 100));
    now -= 1;
    return handler(request);
  };
  return { wrap, most: () => most };
}

describe("every dialect is pulled, in the order of the lock", () => {
  // Parity with the Rust client's pulls_lockfile_entries.
  test("pulls_lockfile_entries: paths, as texts and as objects", async () => {
    await using world = await openWorld();
    await writeFile(join(world.folder, "a.wasm"), "a");
    await writeFile(join(world.folder, "b.wasm"), "b");
    const path = await world.lock({ components: ["./b.wasm", { reference: join(world.folder, "a.wasm") }] });
    const pulled = await world.cache.client.pullLock(path);
    expect(pulled.map(({ digest }) => digest)).toEqual([digestOf("b"), digestOf("a")]);
    expect(await readFile(pulled[0]!.cachePath, "utf8")).toBe("b");
    expect(pulled[1]).toEqual({
      reference: join(world.folder, "a.wasm"),
      name: undefined,
      digest: digestOf("a"),
      contentDigest: digestOf("a"),
      manifestDigest: undefined,
      cachePath: viewOf(world.root, digestOf("a"), "component.wasm"),
      fetched: true,
    });
  });

  // Parity with the Rust client's respects_canonical_lockfile_with_schema_version.
  test("respects_canonical_lockfile_with_schema_version: its digest need not be cached yet", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "x.wasm");
    await writeFile(file, "x");
    const digest = digestOf("x");
    const path = await world.lock({ schema_version: 1, components: [{ name: "x", ref: file, digest }] });
    const pulled = await world.cache.client.pullLock(path);
    expect(pulled).toMatchObject([{ name: "x", digest, fetched: true }]);
    expect(await readFile(pulled[0]!.cachePath, "utf8")).toBe("x");
  });

  test("spellings of every dialect, and CBOR by its bytes", async () => {
    await using world = await openWorld();
    const [a, b, c] = ["a", "b", "c"].map((name) => push(world.registry, name));
    const json = await world.lock([
      { name: "c", source_ref: c!.reference, resolved_digest: c!.manifestDigest },
      a!.reference,
      { name: "b", ref: b!.reference, sha256: hexOf(b!.contentDigest) },
    ]);
    const pulled = await world.cache.client.pullLock(json);
    expect(pulled.map(({ name, digest }) => [name, digest])).toEqual([
      ["c", c!.manifestDigest],
      [undefined, a!.manifestDigest],
      ["b", b!.contentDigest],
    ]);
    const cbor = encode({
      version: 1,
      components: {
        "acme.a": {
          component_id: "acme.a",
          ref: a!.reference,
          abi_version: "0.6.0",
          resolved_digest: a!.manifestDigest,
          describe_hash: "0".repeat(64),
          operations: [],
        },
      },
    });
    expect(await world.cache.client.pullLock(await world.lock(cbor))).toMatchObject([
      { name: "acme.a", digest: a!.manifestDigest, fetched: false },
    ]);
  });
});

describe("what a lock pins", () => {
  const kinds: readonly [string, (pushed: PushedComponent, index: Digest) => object][] = [
    ["the index", (_, index) => ({ digest: index })],
    ["the manifest", ({ manifestDigest }) => ({ digest: manifestDigest })],
    ["the content", ({ contentDigest }) => ({ digest: contentDigest })],
    [
      "index and content",
      ({ contentDigest }, index) => ({ digest: index, wasm_sha256: hexOf(contentDigest) }),
    ],
    ["the content alone", ({ contentDigest }) => ({ wasm_sha256: hexOf(contentDigest) })],
  ];

  test.each(kinds)("may be %s: then it is served again without a request, also offline", async (_, pins) => {
    await using world = await openWorld();
    const pushed = push(world.registry, "a");
    const index = pushIndex(world.registry, {
      repository: "acme/a",
      tag: "all",
      manifests: [{ descriptor: pushed.descriptor }],
    });
    const path = await world.lock([{ ref: index.reference, ...pins(pushed, index.digest) }]);
    const [cold] = await world.cache.client.pullLock(path);
    expect(cold).toMatchObject({ contentDigest: pushed.contentDigest, fetched: true });
    world.registry.clearLog();
    await using offline = world.open({ offline: true });
    for (const { client } of [world.cache, offline]) {
      const { digest, cachePath } = cold!;
      expect(await client.pullLock(path)).toMatchObject([{ digest, cachePath, fetched: false }]);
    }
    expect(world.registry.requests).toEqual([]);
    expect(offline.warnings()).toEqual([]);
  });

  test.each([
    ["digest", { digest: other }],
    ["content", { wasm_sha256: hexOf(other) }],
  ])("and is another %s than what a tag means, is refused before a blob is asked for", async (_, pins) => {
    await using world = await openWorld();
    const { reference, manifestDigest, contentDigest } = push(world.registry, "a");
    const path = await world.lock([{ name: "a", ref: reference, ...pins }]);
    const error = await failureOf(world.cache.client.pullLock(path));
    const actual = "digest" in pins ? manifestDigest : contentDigest;
    const message = `digest mismatch for \`${reference}\`: expected ${other}, got ${actual}`;
    expect(error.code).toBe("DIGEST_MISMATCH");
    expect(error.message).toBe(`1 of 1 entries of \`${path}\` failed:\n  a: ${message}`);
    expect(error.hint).toContain(`if that is meant: \`greentic-dist lock update ${path}\``);
    expect(error.details).toEqual({
      reference,
      expected: other,
      actual,
      pulled: [],
      failed: [{ name: "a", reference, code: "DIGEST_MISMATCH", message }],
    });
    expect(blobRequests(world.registry)).toEqual([]);
    expect(await leftovers(world.root)).toEqual([]);
  });

  test("and the tag moved away from, is refused; a right manifest does not excuse a wrong content", async () => {
    await using world = await openWorld();
    const before = push(world.registry, "a", "before");
    const now = push(world.registry, "a", "now");
    const path = await world.lock([
      { name: "moved", ref: before.reference, digest: before.manifestDigest },
      { name: "mixed", ref: now.reference, digest: now.manifestDigest, sha256: hexOf(before.contentDigest) },
    ]);
    const { code, details } = await failureOf(world.cache.client.pullLock(path));
    expect(code).toBe("DIGEST_MISMATCH");
    expect(details.failed.map(({ name }) => name)).toEqual(["moved", "mixed"]);
    expect(await leftovers(world.root)).toEqual([]);
  });

  test("is compared with a file each time, and a file that changed is not cached", async () => {
    await using world = await openWorld();
    const file = join(world.folder, "x.wasm");
    await writeFile(file, "one");
    const path = await world.lock([{ ref: "file:x.wasm", digest: digestOf("one") }]);
    expect(await world.cache.client.pullLock(path)).toMatchObject([{ digest: digestOf("one") }]);
    await writeFile(file, "two");
    const error = await failureOf(world.cache.client.pullLock(path));
    expect(error.details.failed).toMatchObject([
      { message: `digest mismatch for \`file:x.wasm\`: expected ${digestOf("one")}, got ${digestOf("two")}` },
    ]);
    expect(await filesBelow(viewOf(world.root, digestOf("two")))).toEqual([]);
  });

  test("is compared with what a web server sends, and nothing of anything else is kept", async () => {
    await using world = await openWorld();
    await using server = await startServer(() =>
      Promise.resolve(new Response("web", { headers: { "content-length": "3" } })),
    );
    const ref = `${server.url}/x.wasm`;
    await using cache = world.open({ allowInsecureLocalHttp: true });
    const bad = await world.lock([{ ref, digest: other }]);
    expect((await failureOf(cache.client.pullLock(bad))).code).toBe("DIGEST_MISMATCH");
    expect(await leftovers(world.root)).toEqual([]);
    const good = await world.lock([{ ref, digest: digestOf("web") }]);
    expect(await cache.client.pullLock(good)).toMatchObject([{ fetched: true }]);
    server.clearLog();
    expect(await cache.client.pullLock(good)).toMatchObject([{ fetched: false }]);
    expect(server.requests).toEqual([]);
  });
});

describe("a bundled entry", () => {
  test("is its file, whatever its reference, and no request is made", async () => {
    await using world = await openWorld();
    await mkdir(join(world.folder, "blobs"));
    await writeFile(join(world.folder, "blobs/x.wasm"), "x");
    const entry = { ref: `oci://${world.registry.host}/a/b:1`, bundled: true, bundled_path: "blobs/x.wasm" };
    const good = await world.lock([{ ...entry, digest: digestOf("x") }]);
    expect(await world.cache.client.pullLock(good)).toMatchObject([{ digest: digestOf("x"), fetched: true }]);
    const bad = await world.lock([{ ...entry, digest: other }]);
    expect((await failureOf(world.cache.client.pullLock(bad))).code).toBe("DIGEST_MISMATCH");
    expect(world.registry.connections).toBe(0);
  });

  test.each(["file", "folder"])(
    "that a link of its %s leads out of the lock's folder is refused",
    async (what) => {
      await using world = await openWorld();
      await using outside = await tempDir();
      await writeFile(join(outside.path, "x.wasm"), "x");
      await symlink(
        what === "file" ? join(outside.path, "x.wasm") : outside.path,
        join(world.folder, what === "file" ? "x.wasm" : "blobs"),
      );
      const bundledPath = what === "file" ? "x.wasm" : "blobs/x.wasm";
      const path = await world.lock([{ ref: "a/b", bundled: true, bundled_path: bundledPath }]);
      const error = await failureOf(world.cache.client.pullLock(path));
      expect(error.code).toBe("INVALID_LOCKFILE");
      expect(error.message).toContain(`bundled file \`${bundledPath}\` leads out of the lockfile's folder`);
      expect(await leftovers(world.root)).toEqual([]);
    },
  );
});

describe("entries that fail", () => {
  test("do not stop the others; the error has the code of the first, and names all", async () => {
    await using world = await openWorld();
    const good = push(world.registry, "good");
    const missing = `oci://${world.registry.host}/acme/missing:1`;
    const path = await world.lock([
      { name: "one", ref: missing },
      { name: "good", ref: good.reference },
      "store://unmapped/x:1",
    ]);
    const error = await failureOf(world.cache.client.pullLock(path));
    expect(error.code).toBe("NOT_FOUND");
    expect(error.details.pulled).toMatchObject([{ name: "good", digest: good.manifestDigest }]);
    expect(error.details.failed.map(({ name, code }) => [name, code])).toEqual([
      ["one", "NOT_FOUND"],
      [undefined, "UNMAPPED"],
    ]);
    expect(error.message).toMatch(/^2 of 3 entries of `.*` failed:\n {2}one: .*\n {2}store:.*: .*$/);
  });

  test("with bytes that are not what was promised, decide the code", async () => {
    await using world = await openWorld();
    const { reference } = push(world.registry, "a");
    const path = await world.lock([
      `oci://${world.registry.host}/acme/missing:1`,
      { ref: reference, digest: other },
    ]);
    expect((await failureOf(world.cache.client.pullLock(path))).code).toBe("DIGEST_MISMATCH");
  });

  test("are named up to ten", async () => {
    await using world = await openWorld();
    const entries = Array.from({ length: 13 }, (_, i) => `sha256:${String(i).padStart(64, "0")}`);
    const error = await failureOf(world.cache.client.pullLock(await world.lock(entries)));
    expect(error.code).toBe("NOT_CACHED");
    expect(error.message.split("\n")).toHaveLength(12);
    expect(error.message).toMatch(/\n {2}and 3 more$/);
    expect(error.details.failed).toHaveLength(13);
  });

  test("because their reference is no use, fail before anything is asked for", async () => {
    await using world = await openWorld();
    const { reference } = push(world.registry, "a");
    const path = await world.lock([reference, "./nowhere.wasm", "NOT A REFERENCE"]);
    const error = await failureOf(world.cache.client.pullLock(path));
    expect(error.details.failed.map(({ code }) => code)).toEqual(["NOT_FOUND", "INVALID_REFERENCE"]);
    expect(world.registry.connections).toBe(0);
  });

  test("do not show the secrets of a reference", async () => {
    await using world = await openWorld();
    await using cache = world.open({ fetch: () => Promise.resolve(new Response("x")) });
    const path = await world.lock([
      "https://example.test/x.wasm?sig=hunter2",
      { ref: "sha256:" + "0".repeat(64) },
    ]);
    const error = await failureOf(cache.client.pullLock(path));
    expect(JSON.stringify([error.message, error.details])).not.toContain("hunter2");
  });

  test("offline are those that are not cached", async () => {
    await using world = await openWorld();
    const [held, absent] = [push(world.registry, "held"), push(world.registry, "absent")];
    await writeFile(join(world.folder, "x.wasm"), "x");
    await world.cache.client.ensureCached(held.reference);
    await using offline = world.open({ offline: true });
    const path = await world.lock([
      { ref: "./x.wasm" },
      { ref: held.reference, digest: held.contentDigest },
      { ref: absent.reference, digest: absent.manifestDigest },
    ]);
    const error = await failureOf(offline.client.pullLock(path));
    expect(error.code).toBe("OFFLINE");
    expect(error.details.pulled.map(({ digest }) => digest)).toEqual([digestOf("x"), held.contentDigest]);
  });
});

test("a lockfile that is not there is not found, and what is none is refused", async () => {
  await using world = await openWorld();
  const missing = join(world.folder, "missing.lock");
  expect(await rejectionOf(world.cache.client.pullLock(missing))).toMatchObject({
    code: "NOT_FOUND",
    message: `lockfile \`${missing}\` is not there`,
  });
  expect(await rejectionOf(world.cache.client.pullLock(world.folder))).toMatchObject({
    code: "INVALID_INPUT",
  });
  const newer = await world.lock({ schema_version: 2, components: [] });
  expect(await rejectionOf(world.cache.client.pullLock(newer))).toMatchObject({ code: "INVALID_LOCKFILE" });
  expect(await world.cache.client.pullLock(await world.lock([]))).toEqual([]);
});

test("tags in a lock are refused where tags are, unless a digest is pinned beside them", async () => {
  await using world = await openWorld();
  const { reference, manifestDigest } = push(world.registry, "a");
  await using strict = world.open({ allowTags: false });
  const error = await failureOf(strict.client.pullLock(await world.lock([reference])));
  expect(error.code).toBe("TAG_REFUSED");
  const pinned = await world.lock([{ ref: reference, digest: manifestDigest }]);
  expect(await strict.client.pullLock(pinned)).toMatchObject([{ fetched: true }]);
});

test("that signatures are not checked is said once, and refuses nothing", async () => {
  await using world = await openWorld();
  await writeFile(join(world.folder, "x.wasm"), "x");
  const signed = { ref: "./x.wasm", signature: { keyid: "a" } };
  await using strict = world.open({ strict: true });
  await strict.client.pullLock(await world.lock([{ name: "x", ...signed }, signed]));
  expect(strict.warnings()).toEqual(["SIGNATURE_NOT_CHECKED"]);
  expect(strict.warned()[0]).toMatch(/^signatures in `.*` are not checked: that of `x` and 1 more$/);
});

describe("many entries", () => {
  test.each([
    [undefined, 6],
    [2, 2],
    [64, 8],
  ])("with jobs %s are pulled %d at once from one host", async (jobs, expected) => {
    const { wrap, most } = gauge(expected);
    await using world = await openWorld(wrap);
    const pushed = Array.from({ length: 20 }, (_, i) => push(world.registry, `c${i}`));
    const path = await world.lock(pushed.map(({ reference }) => reference));
    const pulled = await world.cache.client.pullLock(path, { jobs });
    expect(pulled.map(({ digest }) => digest)).toEqual(pushed.map(({ manifestDigest }) => manifestDigest));
    expect(most()).toBe(expected);
    expect(world.registry.connections).toBeLessThanOrEqual(expected);
  });

  test("keep what came first until the last is there, whatever is swept meanwhile", async () => {
    let sweeps = 0;
    await using world = await openWorld((handler) => async (request) => {
      if (isBlob({ method: request.method, path: new URL(request.url).pathname })) {
        await sweeper.client.gc({ maxBytes: 0, minAgeMs: 0 });
        sweeps += 1;
      }
      return handler(request);
    });
    await using sweeper = world.open();
    const components = ["a", "b", "c"].map((name) => {
      const { reference, manifestDigest: digest } = push(world.registry, name);
      return { name, reference, digest };
    });
    const path = await world.lock({ schema_version: 1, components });
    await world.cache.client.pullLock(path, { jobs: 1 });
    expect(sweeps).toBe(3);
    expect(await world.cache.client.listCache()).toHaveLength(3);
    expect(await readdir(join(world.root, ".store/v1/leases"))).toEqual([]);
  });

  test.each([0, 65, 1.5, Number.NaN])("cannot be pulled with jobs %s", async (jobs) => {
    await using world = await openWorld();
    const work = world.cache.client.pullLock(await world.lock([]), { jobs });
    expect(await rejectionOf(work)).toMatchObject({ code: "INVALID_INPUT" });
  });

  test("of one content are one download", async () => {
    const { wrap } = gauge();
    await using world = await openWorld(wrap);
    const pushed = ["a", "b", "c"].map((name) => push(world.registry, name, "shared"));
    const pulled = await world.cache.client.pullLock(
      await world.lock(pushed.map(({ reference }) => reference)),
    );
    expect(blobRequests(world.registry)).toEqual([`GET ${pushed[0]!.contentDigest}`]);
    expect(pulled.filter(({ fetched }) => fetched)).toHaveLength(1);
    await Promise.all(pulled.map(({ cachePath }) => readFile(cachePath)));
  });

  test("are stopped together, and nothing is left behind", async () => {
    await using world = await openWorld(acceptNoReply(isBlob));
    const pushed = ["a", "b", "c"].map((name) => push(world.registry, name, name === "c" ? "a" : name));
    const stop = new AbortController();
    const path = await world.lock(pushed.map(({ reference }) => reference));
    const pulling = world.cache.client.pullLock(path, { signal: stop.signal });
    while (blobRequests(world.registry).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    expect(await rejectionOf(pulling)).toMatchObject({ code: "ABORTED" });
    expect(await leftovers(world.root)).toEqual([]);
  });
});
