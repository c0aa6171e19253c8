import { createCipheriv, createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { open, rm } from "node:fs/promises";
import { type Digest, mediaTypes, parseDigest } from "../src/core/index.ts";

const config = Buffer.from("{}");

/** What stands in the registry now. */
export interface Pushed {
  readonly manifestDigest: Digest;
  /** Of the component's bytes. */
  readonly contentDigest: Digest;
}

/** A component to push, of bytes that look random and are the same for the same name. */
export interface ComponentToPush {
  /** Origin of the registry. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly bytes: number;
  /** A file that may be written for a while. */
  readonly scratch: string;
}

/** Puts the empty config, which all components share, into a repository. Two at a time make the registry lose one. */
export async function pushConfig(registry: string, repository: string): Promise<void> {
  await pushBlob(`${registry}/v2/${repository}`, new Blob([config]), digestOf(config));
}

/** Puts a component into a repository that has its config: one layer, with the title without which `oras pull` writes no file. */
export async function push({ registry, repository, tag, bytes, scratch }: ComponentToPush): Promise<Pushed> {
  const name = `${registry}/v2/${repository}`;
  const contentDigest = await writeBytes(scratch, bytes, `${repository}:${tag}`);
  await pushBlob(name, await openAsBlob(scratch), contentDigest);
  await rm(scratch);
  const title = { "org.opencontainers.image.title": "component.wasm" };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociEmpty, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: "application/wasm", digest: contentDigest, size: bytes, annotations: title }],
    }),
  );
  await put(`${name}/manifests/${tag}`, new Blob([manifest]), mediaTypes.ociManifest);
  return { manifestDigest: digestOf(manifest), contentDigest };
}

/** Puts an image at a manifest's URL whose layers are these components, which its repository has, all of one size. */
export async function pushOneImage(url: URL, components: readonly Digest[], size: number): Promise<void> {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociEmpty, digest: digestOf(config), size: config.length },
    layers: components.map((digest) => ({ mediaType: "application/wasm", digest, size })),
  });
  await put(url, new Blob([manifest]), mediaTypes.ociManifest);
}

async function pushBlob(name: string, content: Blob, digest: Digest): Promise<void> {
  const begun = await fetch(`${name}/blobs/uploads/`, { method: "POST" });
  const target = new URL(begun.headers.get("location") ?? "", name);
  target.searchParams.set("digest", digest);
  await put(target, content, mediaTypes.octetStream);
}

async function put(url: string | URL, body: Blob, type: string): Promise<void> {
  const answer = await fetch(url, { method: "PUT", body, headers: { "content-type": type } });
  if (!answer.ok)
    throw new Error(
      `${new URL(url).pathname}: the registry answered ${answer.status} ${await answer.text()}`,
    );
}

async function writeBytes(path: string, size: number, seed: string): Promise<Digest> {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const stream = createCipheriv("aes-128-ctr", key, new Uint8Array(16));
  const hash = createHash("sha256");
  const zeros = new Uint8Array(Math.min(size, 4 * 1024 * 1024));
  await using file = await open(path, "w");
  for (let left = size; left > 0; left -= zeros.length) {
    const piece = stream.update(zeros.subarray(0, Math.min(left, zeros.length)));
    hash.update(piece);
    await file.writeFile(piece);
  }
  return parseDigest(`sha256:${hash.digest("hex")}`);
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}
