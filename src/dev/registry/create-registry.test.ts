import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../test/support/artifacts.ts";
import {
  type Content,
  contentFrom,
  registryContent,
  type RegistryStore,
  repositoryOf,
} from "../../../test/support/registry-store.ts";
import { type Digest, mediaTypes } from "../../core/index.ts";
import { createRegistry } from "./create-registry.ts";

const name = "example/hello";
const bytes = bytesOf(1000, "registry");

interface World {
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  readonly blob: Content;
  readonly manifest: Content;
  readonly push: (document: object, tag?: string) => Digest;
}

/** A registry with one manifest, tagged 1.0, and one blob. */
function createWorld(): World {
  const store: RegistryStore = new Map();
  const repository = repositoryOf(store, name);
  const blob = contentFrom(bytes, mediaTypes.octetStream);
  repository.blobs.set(blob.digest, blob);
  const add = (document: object): Content => {
    const content = contentFrom(Buffer.from(JSON.stringify(document)), mediaTypes.ociManifest);
    repository.manifests.set(content.digest, content);
    return content;
  };
  const manifest = add({ schemaVersion: 2 });
  repository.tags.set("1.0", manifest.digest);
  const handle = createRegistry(registryContent(store));
  return {
    ask: (path, init) => handle(new Request(`http://localhost/v2/${path}`, init)),
    blob,
    manifest,
    push: (document, tag) => {
      const { digest } = add(document);
      if (tag !== undefined) repository.tags.set(tag, digest);
      return digest;
    },
  };
}

const sha256 = (data: Uint8Array): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;
const bodyOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const codeOf = async (response: Response): Promise<string | undefined> => {
  const { errors } = (await response.json()) as { readonly errors: readonly { readonly code: string }[] };
  return errors[0]?.code;
};

test("says that it is a registry", async () => {
  const response = await createWorld().ask("");
  expect(response.status).toBe(200);
  expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  expect(await response.json()).toEqual({});
});

describe("a manifest or blob", () => {
  test("is found by tag and by digest, also where the colon is written %3A", async () => {
    const { ask, blob, manifest } = createWorld();
    for (const [path, item] of [
      [`${name}/manifests/1.0`, manifest],
      [`${name}/manifests/${manifest.digest}`, manifest],
      [`${name}/manifests/${manifest.digest.replace(":", "%3a")}`, manifest],
      [`${name}/blobs/${blob.digest}`, blob],
      [`${name}/blobs/${blob.digest.replace(":", "%3A")}`, blob],
    ] as const) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toEqual({
        "accept-ranges": "bytes",
        "content-type": item.mediaType,
        "content-length": String(item.size),
        "docker-content-digest": item.digest,
        etag: `"${item.digest}"`,
      });
      expect(sha256(await bodyOf(response))).toBe(item.digest);
    }
  });

  test("has the same head for HEAD, and no body, whatever range is asked for", async () => {
    const { ask, blob, manifest } = createWorld();
    for (const path of [`${name}/manifests/1.0`, `${name}/blobs/${blob.digest}`, `${name}/manifests/none`]) {
      const got = await ask(path);
      const head = await ask(path, { method: "HEAD", headers: { range: "bytes=1-2" } });
      expect([head.status, Object.fromEntries(head.headers)]).toEqual([
        got.status,
        Object.fromEntries(got.headers),
      ]);
      expect(head.body).toBeNull();
    }
    expect(manifest.size).toBeGreaterThan(0);
  });

  test.each([
    ["if-none-match", (etag: string) => etag],
    ["if-none-match", (etag: string) => `W/${etag}`],
    ["if-none-match", (etag: string) => `"other", ${etag}`],
    ["if-none-match", () => "*"],
  ] as const)("is not sent to who has it: %s %#", async (header, valueFor) => {
    const { ask, blob } = createWorld();
    const headers = { [header]: valueFor(`"${blob.digest}"`), range: "bytes=0-1" };
    for (const method of ["GET", "HEAD"]) {
      const response = await ask(`${name}/blobs/${blob.digest}`, { method, headers });
      expect([response.status, response.body, response.headers.get("etag")]).toEqual([
        304,
        null,
        `"${blob.digest}"`,
      ]);
    }
  });

  test("is sent to who has another", async () => {
    const { ask, blob } = createWorld();
    const response = await ask(`${name}/blobs/${blob.digest}`, { headers: { "if-none-match": '"other"' } });
    expect(response.status).toBe(200);
  });

  test.each([
    ["bytes=10-19", 10, 20],
    ["bytes=990-", 990, 1000],
    ["bytes=-10", 990, 1000],
    ["bytes=0-5000", 0, 1000],
  ])("is sent in part: %s", async (range, start, end) => {
    const { ask, blob } = createWorld();
    const headers = { range, "if-range": `"${blob.digest}"` };
    const response = await ask(`${name}/blobs/${blob.digest}`, { headers });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect((await bodyOf(response)).equals(bytes.subarray(start, end))).toBe(true);
  });

  test.each([
    { range: "bytes=5-2" },
    { range: "bytes=0-1,5-6" },
    { range: "bytes=10-", "if-range": '"other"' },
    { range: "bytes=10-", "if-range": "Wed, 21 Oct 2015 07:28:00 GMT" },
  ])("is sent whole: %j", async (headers) => {
    const { ask, blob } = createWorld();
    const response = await ask(`${name}/blobs/${blob.digest}`, { headers });
    expect([response.status, (await bodyOf(response)).length]).toEqual([200, 1000]);
  });

  test("says how long it is when a range is outside of it", async () => {
    const { ask, blob } = createWorld();
    const response = await ask(`${name}/blobs/${blob.digest}`, { headers: { range: "bytes=1000-" } });
    expect([response.status, response.headers.get("content-range")]).toEqual([416, "bytes */1000"]);
    expect(await codeOf(response)).toBe("RANGE_INVALID");
  });
});

const absent = `sha256:${"0".repeat(64)}`;

test.each([
  ["other/tags/list", 404, "NAME_UNKNOWN"],
  [`${name}/manifests/2.0`, 404, "MANIFEST_UNKNOWN"],
  [`${name}/manifests/${absent}`, 404, "MANIFEST_UNKNOWN"],
  [`${name}/manifests/.hidden`, 404, "MANIFEST_UNKNOWN"],
  [`${name}/manifests/${"a".repeat(129)}`, 404, "MANIFEST_UNKNOWN"],
  [`other/manifests/1.0`, 404, "MANIFEST_UNKNOWN"],
  [`${name}/blobs/${absent}`, 404, "BLOB_UNKNOWN"],
  [`other/blobs/${absent}`, 404, "BLOB_UNKNOWN"],
  [`${name}/manifests/sha256:abc`, 400, "DIGEST_INVALID"],
  [`${name}/manifests/md5:${"0".repeat(32)}`, 400, "DIGEST_INVALID"],
  [`${name}/blobs/1.0`, 400, "DIGEST_INVALID"],
  [`${name}/blobs/${absent.toUpperCase()}`, 400, "DIGEST_INVALID"],
  [`${name}/referrers/1.0`, 400, "DIGEST_INVALID"],
  ["Upper/tags/list", 400, "NAME_INVALID"],
  ["a//b/tags/list", 400, "NAME_INVALID"],
  ["a%2fb/tags/list", 400, "NAME_INVALID"],
  [`${"a".repeat(300)}/tags/list`, 400, "NAME_INVALID"],
  [`${name}/tags`, 404, "UNSUPPORTED"],
  [`${name}/tags/other`, 404, "UNSUPPORTED"],
  ["_other", 404, "UNSUPPORTED"],
  [`${name}/tags/list?n=-1`, 400, "PAGINATION_NUMBER_INVALID"],
  [`${name}/tags/list?n=many`, 400, "PAGINATION_NUMBER_INVALID"],
])("%s is answered with %d %s", async (path, status, code) => {
  const response = await createWorld().ask(path);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await codeOf(response)).toBe(code);
});

test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
  "%s is refused: nothing can be put here",
  async (method) => {
    const { ask, manifest } = createWorld();
    for (const path of ["", `${name}/blobs/uploads/`, `${name}/manifests/${manifest.digest}`]) {
      const response = await ask(path, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      expect(await codeOf(response)).toBe("UNSUPPORTED");
    }
  },
);

describe("a list", () => {
  test("has all names in order when nothing is asked, and no link", async () => {
    const { ask, push } = createWorld();
    for (const tag of ["c", "a", "B"]) push({ tag }, tag);
    const response = await ask(`${name}/tags/list`);
    expect(await response.json()).toEqual({ name, tags: ["1.0", "B", "a", "c"] });
    expect(response.headers.get("link")).toBeNull();
  });

  test.each([1, 2, 3, 4, 5])("is the same when it is read in pages of %d", async (n) => {
    const { ask, push } = createWorld();
    for (const tag of ["c", "a", "b"]) push({ tag }, tag);
    const seen: string[] = [];
    for (let path: string | undefined = `${name}/tags/list?n=${n}`; path !== undefined;) {
      const response: Response = await ask(path);
      const { tags } = (await response.json()) as { readonly tags: readonly string[] };
      expect(tags.length).toBeLessThanOrEqual(n);
      seen.push(...tags);
      path = /^<\/v2\/(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    }
    expect(seen).toEqual(["1.0", "a", "b", "c"]);
  });

  test("begins after `last`, which need not be a name of it", async () => {
    const { ask } = createWorld();
    expect(await (await ask(`${name}/tags/list?last=0.9`)).json()).toEqual({ name, tags: ["1.0"] });
    expect(await (await ask(`${name}/tags/list?last=1.0`)).json()).toEqual({ name, tags: [] });
  });

  test("of no names is empty, and has no link", async () => {
    const response = await createWorld().ask(`${name}/tags/list?n=0`);
    expect(await response.json()).toEqual({ name, tags: [] });
    expect(response.headers.get("link")).toBeNull();
  });

  test("of repositories is there too", async () => {
    const response = await createWorld().ask("_catalog?n=1");
    expect(await response.json()).toEqual({ repositories: [name] });
  });
});

describe("referrers", () => {
  test("of what nobody refers to are an empty index", async () => {
    const { ask, manifest } = createWorld();
    for (const digest of [manifest.digest, absent]) {
      const response = await ask(`${name}/referrers/${digest}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, mediaTypes.ociIndex]);
      expect(await response.json()).toEqual({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [],
      });
    }
  });

  test("are listed with their type, and by it when one is asked for", async () => {
    const { ask, manifest, push } = createWorld();
    const subject = { mediaType: mediaTypes.ociManifest, digest: manifest.digest, size: manifest.size };
    const signature = push({
      schemaVersion: 2,
      artifactType: "a/signature",
      subject,
      annotations: { by: "ada" },
    });
    const sbom = push({ schemaVersion: 2, config: { mediaType: "a/sbom" }, subject });
    const listed = async (query: string): Promise<readonly { readonly digest: string }[]> => {
      const response = await ask(`${name}/referrers/${manifest.digest}${query}`);
      expect(response.headers.get("oci-filters-applied")).toBe(query === "" ? null : "artifactType");
      return ((await response.json()) as { readonly manifests: readonly { readonly digest: string }[] })
        .manifests;
    };
    expect(await listed("")).toMatchObject([
      { digest: signature, artifactType: "a/signature", annotations: { by: "ada" } },
      { digest: sbom, artifactType: "a/sbom", mediaType: mediaTypes.ociManifest },
    ]);
    expect((await listed("?artifactType=a/sbom")).map(({ digest }) => digest)).toEqual([sbom]);
    expect(await listed("?artifactType=none")).toEqual([]);
  });
});
