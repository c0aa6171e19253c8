import { chmod, lstat, mkdir, readdir, readFile, readlink, realpath, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import {
  blobOf,
  digestOf,
  filesBelow,
  memoOf,
  readJsonFile,
  viewFolders,
  viewOf,
} from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const repository = "acme/hello";
const named = { artifacts: { component_wasm: "hello.wasm" } };

test("an artifact is shown in the folders of its manifest and of its content, alike", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const pushed = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
    componentManifest: named,
  });
  const { reference, manifestDigest, contentDigest } = pushed;
  await using cache = openClient(dir.path, { now: () => 1_700_000_000_999 });
  const { cachePath } = await cache.client.ensureCached(reference);
  expect(cachePath).toBe(join(dir.path, hexOf(manifestDigest), "component.wasm"));
  expect(await viewFolders(dir.path)).toEqual([hexOf(manifestDigest), hexOf(contentDigest)].toSorted());
  for (const digest of [manifestDigest, contentDigest]) {
    const folder = join(dir.path, hexOf(digest));
    expect((await readdir(folder)).toSorted()).toEqual([
      "component.manifest.json",
      "component.wasm",
      "hello.wasm",
      "metadata.json",
    ]);
    expect(await readlink(join(folder, "component.wasm"))).toBe("hello.wasm");
    expect(await realpath(join(folder, "component.wasm"))).toBe(
      await realpath(join(folder, named.artifacts.component_wasm)),
    );
    expect((await lstat(join(folder, "hello.wasm"))).isFile()).toBe(true);
    expect((await readFile(join(folder, "component.wasm"))).equals(smallComponent)).toBe(true);
    expect(await readJsonFile(join(folder, "component.manifest.json"))).toEqual(named);
    expect(await readJsonFile(join(folder, "metadata.json"))).toEqual({
      original_reference: reference,
      resolved_digest: manifestDigest,
      media_type: "application/vnd.wasm.component.v1+wasm",
      fetched_at_unix_seconds: 1_700_000_000,
      size_bytes: smallComponent.length,
      manifest_digest: manifestDigest,
      manifest_wasm_name: "hello.wasm",
      content_digest: contentDigest,
    });
  }
});

test("an artifact without a component manifest is shown as component.wasm and metadata.json alone", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const { reference, manifestDigest, contentDigest } = pushComponent(registry, {
    repository,
    wasm: smallComponent,
  });
  await cache.client.ensureCached(reference);
  for (const digest of [manifestDigest, contentDigest]) {
    expect((await readdir(viewOf(dir.path, digest))).toSorted()).toEqual(["component.wasm", "metadata.json"]);
    expect((await lstat(viewOf(dir.path, digest, "component.wasm"))).isFile()).toBe(true);
    expect(await readJsonFile(viewOf(dir.path, digest, "metadata.json"))).toMatchObject({
      manifest_wasm_name: null,
    });
  }
});

test("of one content with two component manifests, the content's folder names neither", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  const manifests = [named, { artifacts: { component_wasm: "other.wasm" } }, undefined];
  const pushed = manifests.map((componentManifest, i) =>
    pushComponent(registry, { repository, tag: `${i}`, wasm: smallComponent, componentManifest }),
  );
  const { contentDigest } = pushed[0]!;
  const folder = viewOf(dir.path, contentDigest);
  await cache.client.ensureCached(pushed[0]!.reference);
  expect((await readdir(folder)).toSorted()).toContain("hello.wasm");
  for (const { reference } of [pushed[1]!, pushed[2]!, pushed[0]!]) {
    await cache.client.ensureCached(reference);
    expect((await readdir(folder)).toSorted()).toEqual(["component.wasm", "metadata.json"]);
    expect((await lstat(join(folder, "component.wasm"))).isFile()).toBe(true);
    expect(await readJsonFile(join(folder, "metadata.json"))).toMatchObject({
      original_reference: contentDigest,
      resolved_digest: contentDigest,
      manifest_digest: null,
      manifest_wasm_name: null,
      content_digest: contentDigest,
      size_bytes: smallComponent.length,
    });
  }
  expect(await readJsonFile(viewOf(dir.path, pushed[0]!.manifestDigest, "component.manifest.json"))).toEqual(
    named,
  );
  expect(await readJsonFile(viewOf(dir.path, pushed[1]!.manifestDigest, "component.manifest.json"))).toEqual(
    manifests[1],
  );
  expect((await readdir(viewOf(dir.path, pushed[2]!.manifestDigest))).toSorted()).toEqual([
    "component.wasm",
    "metadata.json",
  ]);
});

test("two manifests with the same component manifest share the content's folder", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  for (const version of ["1", "2"]) {
    const { reference, contentDigest, manifestDigest } = pushComponent(registry, {
      repository,
      tag: version,
      wasm: smallComponent,
      componentManifest: named,
      annotations: { version },
    });
    await cache.client.ensureCached(reference);
    expect(await readdir(viewOf(dir.path, contentDigest))).toContain("hello.wasm");
    expect(await readJsonFile(viewOf(dir.path, contentDigest, "metadata.json"))).toMatchObject({
      manifest_digest: manifestDigest,
    });
  }
});

test("a cache root that is made is for its user alone; one that exists keeps its mode", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest, manifestDigest } = pushComponent(registry, {
    repository,
    wasm: smallComponent,
  });
  const made = join(dir.path, "a/b/cache");
  const given = join(dir.path, "given");
  await mkdir(given);
  await chmod(given, 0o755);
  for (const root of [made, given]) {
    await using cache = openClient(root);
    await cache.client.ensureCached(reference);
    for (const file of [
      blobOf(root, contentDigest),
      blobOf(root, manifestDigest),
      viewOf(root, contentDigest, "component.wasm"),
    ]) {
      expect((await stat(file)).mode & 0o777).toBe(0o644);
    }
  }
  expect((await stat(made)).mode & 0o777).toBe(0o700);
  expect((await stat(given)).mode & 0o777).toBe(0o755);
});

test("the store holds blobs by digest, a note for each tag by its hash, and what protects it from other tools", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { now: () => 1_700_000_000_000 });
  const { manifestDigest, contentDigest, reference } = pushComponent(registry, {
    repository,
    tag: "1.0",
    wasm: smallComponent,
  });
  await cache.client.ensureCached(reference);
  const canonical = `${registry.host}/${repository}:1.0`;
  const note = `v1/refs/${hexOf(digestOf(canonical))}.json`;
  const blobs = [manifestDigest, contentDigest].map((digest) =>
    blobOf(dir.path, digest).slice(`${dir.path}/.store/`.length),
  );
  expect((await filesBelow(join(dir.path, ".store"))).filter((path) => !path.includes("/used/"))).toEqual(
    // By this clock the store was made years ago, so that a sweep was due.
    ["component.wasm", "v1/CACHEDIR.TAG", "v1/gc.json", note, ...blobs].toSorted(),
  );
  expect((await stat(join(dir.path, ".store/component.wasm"))).size).toBe(0);
  expect(await readFile(join(dir.path, ".store/v1/CACHEDIR.TAG"), "utf8")).toMatch(
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
  expect(await readJsonFile(join(dir.path, ".store", note))).toEqual({
    reference: canonical,
    digest: manifestDigest,
    media_type: "application/vnd.oci.image.manifest.v1+json",
    etag: null,
    seen_at_unix_seconds: 1_700_000_000,
  });
  await cache.client.ensureCached(`${registry.host}/${repository}:1.0`);
  await cache.client.ensureCached(`oci://${registry.host}/${repository}@${manifestDigest}`);
  expect(await readdir(join(dir.path, ".store/v1/refs"))).toHaveLength(1);
});

test("only what was fetched by a web address or a tag is noted, without userinfo and query", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  await using cache = openClient(dir.path, { allowInsecureLocalHttp: true });
  const { digest } = registry.pushBlob(repository, smallComponent);
  const address = `${registry.host}/v2/${repository}/blobs/${digest}`;
  await cache.client.ensureCached(`http://ada:canary@${address}?token=canary#part`);
  expect(await readJsonFile(viewOf(dir.path, digest, "metadata.json"))).toMatchObject({
    original_reference: `http://${address}`,
    resolved_digest: digest,
    manifest_digest: null,
    content_digest: digest,
    media_type: "application/octet-stream",
  });
  const notes = await readdir(join(dir.path, ".store/v1/refs"));
  expect(notes).toEqual([`${hexOf(digestOf(`http://ada:canary@${address}?token=canary`))}.json`]);
  expect(await readJsonFile(join(dir.path, ".store/v1/refs", notes[0]!))).toMatchObject({
    reference: `http://${address}`,
    etag: `"${digest}"`,
  });
});

test("the memo takes a file that was left alone for two seconds, and no younger one", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, { repository, wasm: smallComponent });
  await using first = openClient(dir.path);
  const { cachePath } = await first.client.ensureCached(reference);
  const { ctimeMs } = await stat(cachePath);
  const stampsAfter = async (hashedAt: number): Promise<number> => {
    await using cache = openClient(dir.path, { now: () => hashedAt });
    await cache.client.ensureCached(reference);
    return (await readFile(memoOf(dir.path, contentDigest), "utf8")).split("\n").length - 1;
  };
  expect(await stampsAfter(ctimeMs)).toBe(0);
  expect(await stampsAfter(ctimeMs + 1990)).toBe(0);
  expect(await stampsAfter(ctimeMs - 5000)).toBe(0);
  expect(await stampsAfter(ctimeMs + 2001)).toBe(1);
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(cachePath, { bigint: true });
  expect(await readFile(memoOf(dir.path, contentDigest), "utf8")).toBe(
    `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}\n`,
  );
});

test("the time of last use is renewed after ten minutes, and not before", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, { repository, wasm: smallComponent });
  const start = Date.now() + 60_000;
  const usedAfter = async (elapsedMs: number): Promise<number> => {
    await using cache = openClient(dir.path, { now: () => start + elapsedMs });
    await cache.client.ensureCached(reference);
    const [entry] = await cache.client.listCache();
    return Math.round(entry!.lastUsedAt!) - start;
  };
  await usedAfter(0);
  await usedAfter(0);
  await utimes(memoOf(dir.path, contentDigest), start / 1000, start / 1000);
  expect(await usedAfter(9 * 60_000)).toBe(0);
  expect(await usedAfter(10 * 60_000 + 1000)).toBe(10 * 60_000 + 1000);
  expect(await usedAfter(15 * 60_000)).toBe(10 * 60_000 + 1000);
  expect(await usedAfter(24 * 3_600_000)).toBe(24 * 3_600_000);
});

test("a cache reached through another path, or from another working folder, is the same", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, {
    repository,
    wasm: bytesOf(100, 1),
    componentManifest: named,
  });
  await using direct = openClient(dir.path);
  await direct.client.ensureCached(reference);
  registry.clearLog();
  await using roundabout = openClient(`${dir.path}/x/..//`);
  const { cachePath } = await roundabout.client.ensureCached(contentDigest);
  expect(cachePath).toBe(viewOf(dir.path, contentDigest, "component.wasm"));
  expect(registry.connections).toBe(0);
});

test("artifacts with one content that are pulled at once leave a content's folder that fits together", async () => {
  await using registry = await startRegistry();
  const manifests = [named, { artifacts: { component_wasm: "other.wasm" } }, undefined];
  const pushed = manifests.map((componentManifest, i) =>
    pushComponent(registry, { repository, tag: `${i}`, wasm: smallComponent, componentManifest }),
  );
  const { contentDigest } = pushed[0]!;
  for (let round = 0; round < 10; round++) {
    await using dir = await tempDir();
    const clients = Array.from({ length: 9 }, () => openClient(dir.path));
    await Promise.all(
      clients.map(({ client }, i) => client.ensureCached(pushed[(i + round) % 3]!.reference)),
    );
    for (const client of clients) await client[Symbol.asyncDispose]();
    const folder = viewOf(dir.path, contentDigest);
    const metadata = (await readJsonFile(join(folder, "metadata.json"))) as {
      manifest_digest: string | null;
      manifest_wasm_name: string | null;
    };
    const shown = pushed.findIndex(({ manifestDigest }) => manifestDigest === metadata.manifest_digest);
    const companion = shown < 0 ? undefined : manifests[shown];
    const wasmName = companion?.artifacts.component_wasm ?? "component.wasm";
    expect(metadata.manifest_wasm_name).toBe(companion === undefined ? null : wasmName);
    expect(await realpath(join(folder, "component.wasm"))).toBe(await realpath(join(folder, wasmName)));
    expect(await readJsonFile(join(folder, "component.manifest.json")).catch(() => undefined)).toEqual(
      companion,
    );
    expect((await readFile(join(folder, "component.wasm"))).equals(smallComponent)).toBe(true);
  }
});
