import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeOwner } from "../../src/cache/owner.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { filesBelow } from "../support/cache-files.ts";
import { openClient } from "../support/client.ts";
import { cutBody, isBlob } from "../support/faults.ts";
import { type Handler, startServer } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";

const wasm = bytesOf(3_000_000, "leftovers");
const size = wasm.length;
const cutAt = 2_000_000;
const etag = '"one"';

/** A registry with one component, whose first download is cut. */
async function startCut(): Promise<Registry & { readonly pushed: PushedComponent }> {
  let asked = 0;
  const registry = await startRegistry({
    wrap: cutBody((request) => isBlob(request) && asked++ === 0, cutAt),
  });
  const pushed = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
  return Object.assign(registry, { pushed });
}

const blobRanges = ({ requests }: Registry): readonly (string | undefined)[] =>
  requests.filter(({ path }) => isBlob({ method: "GET", path })).map(({ headers }) => headers.range);

const ingestOf = (root: string): Promise<readonly string[]> => filesBelow(join(root, ".store/v1/ingest"));

test("a download that failed is gone on with by the next call, which asks only for the rest", async () => {
  await using registry = await startCut();
  await using dir = await tempDir();
  const { reference } = registry.pushed;
  await using first = openClient(dir.path);
  await expect(first.client.ensureCached(reference)).rejects.toMatchObject({ code: "NETWORK" });
  expect((await ingestOf(dir.path)).map((path) => path.split("/")[1])).toEqual(["data", "info.json"]);
  await using second = openClient(dir.path);
  const { cachePath, fetched } = await second.client.ensureCached(reference);
  expect(fetched).toBe(true);
  expect(Buffer.compare(await readFile(cachePath), wasm)).toBe(0);
  expect(blobRanges(registry)).toEqual([undefined, `bytes=${cutAt}-`]);
  expect(registry.requests.at(-1)).toMatchObject({ status: 206, bytesSent: size - cutAt });
  expect(await ingestOf(dir.path)).toEqual([]);
});

test("so is one from a web server, by its strong ETag; the address is noted down as a hash only", async () => {
  let asked = 0;
  const serve: Handler = async (request) => {
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "") ?? [];
    const from = request.headers.get("if-range") === etag ? Number(start) : 0;
    return new Response(wasm.subarray(from), {
      status: from > 0 ? 206 : 200,
      headers: {
        etag,
        "content-length": String(size - from),
        ...(from > 0 && { "content-range": `bytes ${from}-${size - 1}/${size}` }),
      },
    });
  };
  await using server = await startServer((request) =>
    asked++ === 0 ? cutBody(() => true, cutAt)(serve)(request) : serve(request),
  );
  await using dir = await tempDir();
  const reference = `${server.url}/x.wasm?token=canary`;
  await using first = openClient(dir.path, { allowInsecureLocalHttp: true });
  await expect(first.client.ensureCached(reference)).rejects.toMatchObject({ code: "NETWORK" });
  const info = (await ingestOf(dir.path)).find((path) => path.endsWith("info.json")) ?? "";
  const noted = await readFile(join(dir.path, ".store/v1/ingest", info), "utf8");
  expect(noted).toMatch(/"key":"address:[0-9a-f]{64}"/);
  expect(noted).not.toContain("canary");
  await using second = openClient(dir.path, { allowInsecureLocalHttp: true });
  const { cachePath } = await second.client.ensureCached(reference);
  expect(Buffer.compare(await readFile(cachePath), wasm)).toBe(0);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([
    undefined,
    undefined,
    `bytes=${cutAt}-`,
  ]);
  expect(await ingestOf(dir.path)).toEqual([]);
});

/** What lies in a folder of the ingest, and what is made of it. */
interface Case {
  readonly name: string;
  /** Added to what this process would have noted, had it ended by now. */
  readonly info?: (owner: object) => Readonly<Record<string, unknown>> | string;
  readonly data?: Uint8Array;
  readonly isKept?: boolean;
  readonly ranges: readonly (string | undefined)[];
  /** Whether the folder is still there afterwards. */
  readonly isLeft?: boolean;
}

const start = wasm.subarray(0, cutAt);
const rest = `bytes=${cutAt}-`;
const gone = { pid: 1, start_time: "1" };

test.each<Case>([
  { name: "of a process that has ended is used", ranges: [rest] },
  {
    name: "that was given up by a process that lives is used",
    info: (owner) => ({ ...owner }),
    isKept: true,
    ranges: [rest],
  },
  {
    name: "that a living process may still write to is left alone",
    info: (owner) => ({ ...owner }),
    ranges: [undefined],
    isLeft: true,
  },
  {
    name: "of another machine is left alone",
    info: (owner) => ({ ...owner, ...gone, machine: "other" }),
    ranges: [undefined],
    isLeft: true,
  },
  {
    name: "of another container is left alone",
    info: (owner) => ({ ...owner, ...gone, pid_namespace: "other" }),
    ranges: [undefined],
    isLeft: true,
  },
  {
    name: "of an earlier boot that was given up is used, for its digest judges it",
    info: (owner) => ({ ...owner, ...gone, boot: "other" }),
    isKept: true,
    ranges: [rest],
  },
  {
    name: "of an earlier boot is left alone otherwise",
    info: (owner) => ({ ...owner, ...gone, boot: "other" }),
    ranges: [undefined],
    isLeft: true,
  },
  { name: "with nothing in it costs nothing", data: new Uint8Array(), ranges: [undefined], isLeft: true },
  { name: "of one byte is used", data: wasm.subarray(0, 1), ranges: ["bytes=1-"] },
  { name: "that is whole is asked for its last byte", data: wasm, ranges: [`bytes=${size - 1}-`] },
  {
    name: "that is longer than it should be is used up to the last byte",
    data: Buffer.concat([wasm, start]),
    ranges: [`bytes=${size - 1}-`],
  },
  {
    name: "with wrong bytes is found out, and all is fetched in one piece",
    data: new Uint8Array(cutAt),
    ranges: [rest, undefined],
  },
  { name: "with one wrong byte is found out", data: flipped(start, 77_777), ranges: [rest, undefined] },
  {
    name: "of another size is left alone",
    info: (owner) => ({ ...owner, ...gone, unfinished: { size: size + 1 } }),
    ranges: [undefined],
    isLeft: true,
  },
  {
    name: "of another digest is left alone",
    info: (owner) => ({ ...owner, ...gone, unfinished: { key: `sha256:${"0".repeat(64)}` } }),
    ranges: [undefined],
    isLeft: true,
  },
  { name: "whose note is no JSON is left alone", info: () => "{", ranges: [undefined], isLeft: true },
  { name: "whose note is a list is left alone", info: () => "[]", ranges: [undefined], isLeft: true },
  {
    name: "whose ETag is no header value is asked for without it",
    info: (owner) => ({ ...owner, ...gone, unfinished: { etag: '"a\r\nx: y"' } }),
    ranges: [rest],
  },
  {
    name: "whose ETag is another one starts over",
    info: (owner) => ({ ...owner, ...gone, unfinished: { etag: '"other"' } }),
    ranges: [rest],
  },
])(
  "what was left $name",
  async ({
    info = (owner) => ({ ...owner, ...gone }),
    data = start,
    isKept = false,
    ranges,
    isLeft = false,
  }) => {
    await using registry = await startRegistry();
    await using dir = await tempDir();
    const { reference, contentDigest } = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
    const folder = join(dir.path, ".store/v1/ingest", isKept ? "uuid.kept" : "uuid");
    await mkdir(folder, { recursive: true });
    const noted = info(await describeOwner());
    const { unfinished = {}, ...owner }: Readonly<Record<string, unknown>> =
      typeof noted === "string" ? {} : noted;
    const text = JSON.stringify({
      ...owner,
      unfinished: { key: contentDigest, size, etag: null, ...(unfinished as object) },
    });
    await writeFile(join(folder, "info.json"), typeof noted === "string" ? noted : text);
    await writeFile(join(folder, "data"), data);
    await using cache = openClient(dir.path);
    const { cachePath } = await cache.client.ensureCached(reference);
    expect(
      createHash("sha256")
        .update(await readFile(cachePath))
        .digest("hex"),
    ).toBe(contentDigest.slice(7));
    expect(blobRanges(registry)).toEqual(ranges);
    expect(await readdir(join(dir.path, ".store/v1/ingest"))).toHaveLength(isLeft ? 1 : 0);
  },
);

test("of several leftovers the longest is used, and none stays", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { reference, contentDigest } = pushComponent(registry, { repository: "a/b", tag: "1", wasm });
  for (const [i, length] of [1_500_000, cutAt, 1_200_000].entries()) {
    const folder = join(dir.path, ".store/v1/ingest", `f${i}`);
    await mkdir(folder, { recursive: true });
    const unfinished = { key: contentDigest, size, etag: null };
    await writeFile(
      join(folder, "info.json"),
      JSON.stringify({ ...(await describeOwner()), ...gone, unfinished }),
    );
    await writeFile(join(folder, "data"), wasm.subarray(0, length));
  }
  await using cache = openClient(dir.path);
  await cache.client.ensureCached(reference);
  expect(blobRanges(registry)).toEqual([rest]);
  expect(await ingestOf(dir.path)).toEqual([]);
});

test("garbage collection leaves what can still be used, and removes it after a day; a lost file is found all the same", async () => {
  await using registry = await startCut();
  await using dir = await tempDir();
  await using cache = openClient(dir.path);
  await expect(cache.client.ensureCached(registry.pushed.reference)).rejects.toMatchObject({
    code: "NETWORK",
  });
  const lost = pushComponent(registry, { repository: "a/lost", tag: "1", wasm: bytesOf(1000, "lost") });
  await rm((await cache.client.ensureCached(lost.reference)).cachePath);
  expect((await cache.client.gc()).removed).toContain(lost.manifestDigest);
  const kept = await ingestOf(dir.path);
  expect(kept).toHaveLength(2);
  const ingest = join(dir.path, ".store/v1/ingest");
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  for (const path of [...kept, ...(await readdir(ingest))])
    await utimes(join(ingest, path), yesterday, yesterday);
  await cache.client.gc();
  expect(await readdir(ingest)).toEqual([]);
});

test("less than a MiB is not kept, and what is not as promised neither", async () => {
  const small = bytesOf(900_000, "small");
  await using registry = await startRegistry({ wrap: cutBody(isBlob, 800_000) });
  await using dir = await tempDir();
  const { reference } = pushComponent(registry, { repository: "a/b", tag: "1", wasm: small });
  await using cache = openClient(dir.path);
  await expect(cache.client.ensureCached(reference)).rejects.toMatchObject({ code: "NETWORK" });
  expect(await ingestOf(dir.path)).toEqual([]);
  await using liar = await startRegistry();
  const component = pushComponent(liar, { repository: "a/b", tag: "1", wasm });
  await using lied = await startRegistry({
    wrap: (handler) => async (request) =>
      request.url.endsWith(component.contentDigest) ? new Response(flipped(wasm, 5)) : handler(request),
  });
  pushComponent(lied, { repository: "a/b", tag: "1", wasm });
  await expect(cache.client.ensureCached(`oci://${lied.host}/a/b:1`)).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
  });
  expect(await ingestOf(dir.path)).toEqual([]);
});

function flipped(bytes: Uint8Array, position: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[position]! ^= 0xff;
  return copy;
}
