import type { Cache, Lease, Staging } from "../../cache/index.ts";
import {
  type Descriptor,
  type Digest,
  DistError,
  type ImageIndex,
  limits,
  type ManifestDocument,
  parseManifest,
  printable,
} from "../../core/index.ts";
import {
  checkMarker,
  digestOfFile,
  layoutFiles,
  maxMarkerBytes,
  missingBlob,
  parseIndex,
  type StreamedFile,
} from "../../layout/index.ts";
import { type ByteSource, verifyInto } from "../../verify/index.ts";
import { blobsBelow } from "../images/copy-image.ts";
import type { PullContext } from "../pull/pull-context.ts";

/** A bundle of which every byte was verified, and nothing is visible yet. */
export interface StagedBundle {
  readonly index: ImageIndex;
  /** Everything that the index leads to; what else there was does not count. */
  readonly digests: readonly Digest[];
  /** Those of them that the cache did not have. */
  readonly staged: readonly Digest[];
  readonly readManifest: (digest: Digest) => Promise<ManifestDocument>;
  /** The bytes of a blob, borrowed. */
  readonly openBlob: (digest: Digest) => ByteSource;
}

/** What {@link stageBundle} works with. */
export interface StageBundleOptions {
  /** Names the bundle in messages. */
  readonly path: string;
  readonly staging: Pick<Staging, "add" | "read">;
  /** Keeps what the cache has already. `undefined` where that is to be staged too. */
  readonly lease: Lease | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads a bundle from its beginning to its end into a private place, each byte hashed once, and checks that it is whole.
 * @throws {DistError} INVALID_INPUT, UNUSABLE_ARTIFACT, DIGEST_MISMATCH, SIZE_MISMATCH, MEDIA_TYPE_MISMATCH, ABORTED
 */
export async function stageBundle(
  { cache, settings }: PullContext,
  files: AsyncIterable<StreamedFile>,
  { path, staging, lease, signal }: StageBundleOptions,
): Promise<StagedBundle> {
  const { maxArtifactBytes: maxBytes, onEvent } = settings;
  const small = new Map<string, Uint8Array>();
  const held = new Map<Digest, HeldBlob>();
  for await (const { name, size, bytes } of files) {
    const digest = digestOfFile(name);
    if (name in smallFiles && size <= (smallFiles[name] ?? 0)) small.set(name, await bytesOf(bytes));
    if (digest === undefined) continue;
    const expected = { reference: printable(path), digest, size, maxBytes };
    const isHere = await isHeld(cache, lease, digest);
    // What is here already must be right in the bundle too.
    if (isHere) await verifyInto(bytes, expected, () => Promise.resolve(), { signal });
    else await staging.add(bytes, expected, { signal });
    held.set(digest, { size, isHere });
  }
  checkMarker(small.get(layoutFiles.marker), path);
  const index = parseIndex(small.get(layoutFiles.index), path);
  const openBlob = (digest: Digest): ByteSource =>
    held.get(digest)?.isHere === true ? cache.read(digest) : staging.read(digest);
  const readManifest = async (digest: Digest, mediaType?: string): Promise<ManifestDocument> => {
    const size = held.get(digest)?.size ?? 0;
    if (size > limits.manifestBytes) throw tooLarge(path, digest);
    const bytes = await bytesOf(openBlob(digest));
    return { digest, bytes, manifest: parseManifest(bytes, mediaType) };
  };
  const digests = await checkWhole(path, index.manifests, { held, readManifest });
  onEvent({ event: "loaded", bundle: printable(path) });
  return {
    index,
    digests,
    staged: digests.filter((digest) => held.get(digest)?.isHere === false),
    readManifest,
    openBlob,
  };
}

interface HeldBlob {
  readonly size: number;
  /** Whether the cache has it. */
  readonly isHere: boolean;
}

/** Files that are read into memory, and how large they may be. */
const smallFiles: Readonly<Record<string, number>> = {
  [layoutFiles.marker]: maxMarkerBytes,
  [layoutFiles.index]: limits.manifestBytes,
};

/** Whether the cache has a blob; it then keeps it. */
async function isHeld(cache: Cache, lease: Lease | undefined, digest: Digest): Promise<boolean> {
  if (lease === undefined || (await cache.locate(digest, [])) === undefined) return false;
  await lease.add([digest]);
  return (await cache.locate(digest, [])) !== undefined;
}

interface Holdings {
  readonly held: ReadonlyMap<Digest, HeldBlob>;
  readonly readManifest: (digest: Digest, mediaType?: string) => Promise<ManifestDocument>;
}

/** Walks from the index to everything below, and returns what it came by. */
async function checkWhole(
  path: string,
  entries: readonly Descriptor[],
  { held, readManifest }: Holdings,
): Promise<readonly Digest[]> {
  const seen = new Set<Digest>();
  const check = ({ digest, size: expected }: Descriptor): void => {
    const actual = held.get(digest)?.size;
    if (actual === undefined) throw missingBlob(path, digest);
    if (actual !== expected) throw wrongSize(path, digest, expected, actual);
    seen.add(digest);
  };
  const visit = async (entry: Descriptor, depth: number): Promise<void> => {
    const isKnown = seen.has(entry.digest);
    check(entry);
    if (isKnown) return;
    if (depth > limits.indexDepth) throw tooDeep(path);
    const document = await readManifest(entry.digest, entry.mediaType);
    for (const blob of blobsBelow([document])) check(blob);
    if (document.manifest.kind === "index")
      for (const child of document.manifest.manifests) await visit(child, depth + 1);
  };
  for (const entry of entries) await visit(entry, 1);
  return [...seen];
}

async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function tooLarge(path: string, digest: Digest): DistError<"UNUSABLE_ARTIFACT"> {
  const shown = printable(path);
  const message = `\`${shown}\` lists ${digest} as a manifest, which has more than ${limits.manifestBytes} bytes`;
  return new DistError("UNUSABLE_ARTIFACT", message, { path: shown });
}

function tooDeep(path: string): DistError<"UNUSABLE_ARTIFACT"> {
  const shown = printable(path);
  const message = `\`${shown}\` has indexes that nest more than ${limits.indexDepth} deep`;
  return new DistError("UNUSABLE_ARTIFACT", message, { path: shown });
}

function wrongSize(
  path: string,
  digest: Digest,
  expected: number,
  actual: number,
): DistError<"SIZE_MISMATCH"> {
  const reference = printable(path);
  const message = `size mismatch in \`${reference}\`: ${digest} is said to have ${expected} bytes and has ${actual}`;
  return new DistError("SIZE_MISMATCH", message, { reference, expected, actual });
}
