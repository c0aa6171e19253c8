import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mediaTypes } from "../../src/core/index.ts";
import { bytesOf, pushComponent, smallComponent } from "./artifacts.ts";
import { contentFrom } from "./registry-store.ts";
import { startRegistry } from "./registry.ts";
import { tempDir } from "./temp-dir.ts";

const name = "example/hello";

test("serves a manifest by tag and by digest, with its type, digest and length in the head", async () => {
  await using registry = await startRegistry();
  const { descriptor } = pushComponent(registry, { repository: name, tag: "1.0", wasm: smallComponent });
  for (const reference of ["1.0", descriptor.digest]) {
    const url = `${registry.url}/v2/${name}/manifests/${reference}`;
    for (const method of ["HEAD", "GET"]) {
      const response = await fetch(url, { method });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": descriptor.mediaType,
        "content-length": String(descriptor.size),
        "docker-content-digest": descriptor.digest,
        etag: `"${descriptor.digest}"`,
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(bytes.length).toBe(method === "HEAD" ? 0 : descriptor.size);
    }
    const unchanged = await fetch(url, { headers: { "if-none-match": `"${descriptor.digest}"` } });
    expect(unchanged.status).toBe(304);
  }
  expect(registry.requests.map(({ status, bytesSent }) => [status, bytesSent])).toEqual(
    [0, 1].flatMap(() => [
      [200, 0],
      [200, descriptor.size],
      [304, 0],
    ]),
  );
});

test("serves ranges of a blob, from memory and from disk, and the whole when If-Range does not hold", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const bytes = bytesOf(3_000_000, "ranges");
  const path = join(dir.path, "blob");
  await writeFile(path, bytes);
  const { digest } = registry.pushBlob("memory", bytes);
  expect(registry.pushBlob("disk", path).digest).toBe(digest);
  const cases: readonly [Record<string, string>, number, Uint8Array][] = [
    [{}, 200, bytes],
    [{ range: "bytes=10-19" }, 206, bytes.subarray(10, 20)],
    [{ range: "bytes=2999990-" }, 206, bytes.subarray(-10)],
    [{ range: "bytes=-10" }, 206, bytes.subarray(-10)],
    [{ range: "bytes=10-", "if-range": `"${digest}"` }, 206, bytes.subarray(10)],
    [{ range: "bytes=10-", "if-range": '"another"' }, 200, bytes],
  ];
  for (const repository of ["memory", "disk"]) {
    const url = `${registry.url}/v2/${repository}/blobs/${digest}`;
    for (const [headers, status, expected] of cases) {
      const response = await fetch(url, { headers });
      expect(response.status).toBe(status);
      expect(Buffer.from(expected).equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
    }
    const beyond = await fetch(url, { headers: { range: "bytes=3000000-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */3000000"]);
  }
});

test("says what it does not have in the words of the specification", async () => {
  await using registry = await startRegistry();
  registry.pushManifest(name, "1.0", {});
  const { digest } = contentFrom(smallComponent, mediaTypes.octetStream);
  for (const [path, status, code] of [
    [`${name}/manifests/2.0`, 404, "MANIFEST_UNKNOWN"],
    [`${name}/manifests/${digest}`, 404, "MANIFEST_UNKNOWN"],
    [`${name}/blobs/${digest}`, 404, "BLOB_UNKNOWN"],
    ["other/tags/list", 404, "NAME_UNKNOWN"],
    ["other", 404, "UNSUPPORTED"],
  ] as const) {
    const response = await fetch(`${registry.url}/v2/${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ code }] });
  }
});

test("lists tags in order and by pages", async () => {
  await using registry = await startRegistry();
  for (const tag of ["c", "a", "b"]) registry.pushManifest(name, tag, {});
  const first = await fetch(`${registry.url}/v2/${name}/tags/list?n=2`);
  expect(await first.json()).toEqual({ name, tags: ["a", "b"] });
  const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
  const second = await fetch(`${registry.url}${next}`);
  expect(await second.json()).toEqual({ name, tags: ["c"] });
  expect(second.headers.get("link")).toBeNull();
});

test("refuses an upload whose bytes are not what their digest says", async () => {
  await using registry = await startRegistry();
  const { digest } = contentFrom(smallComponent, mediaTypes.octetStream);
  const put = async (body: Uint8Array<ArrayBuffer>): Promise<number> => {
    const opened = await fetch(`${registry.url}/v2/${name}/blobs/uploads/`, { method: "POST" });
    const url = `${registry.url}${opened.headers.get("location")}?digest=${digest}`;
    return (await fetch(url, { method: "PUT", body })).status;
  };
  expect(await put(bytesOf(10, "other"))).toBe(400);
  expect((await fetch(`${registry.url}/v2/${name}/blobs/${digest}`)).status).toBe(404);
  expect(await put(smallComponent)).toBe(201);
  expect((await fetch(`${registry.url}/v2/${name}/blobs/${digest}`)).status).toBe(200);
});
