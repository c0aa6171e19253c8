import {
  type Digest,
  DistError,
  type ImageIndex,
  isDistError,
  limits,
  type ManifestDocument,
  parseManifest,
  printable,
} from "../core/index.ts";
import { type ByteSource, verifyBytes } from "../verify/index.ts";
import { invalidLayout } from "./invalid-layout.ts";
import { checkMarker, layoutFiles, maxMarkerBytes } from "./layout-files.ts";

/** A file of a layout. Nothing about it has been verified. */
export interface LayoutFile {
  /** In bytes. */
  readonly size: number;
  /** To be iterated once. */
  readonly open: () => ByteSource;
}

/** Where the files of a layout are: in a folder, or an archive. */
export interface LayoutFiles {
  /** As messages name it. */
  readonly path: string;
  /** The file of this name in the layout; `undefined` when there is none. */
  readonly find: (name: string) => Promise<LayoutFile | undefined>;
}

/** An OCI image layout that is read (OCI image-spec v1.1, "OCI Image Layout"). */
export interface Layout {
  readonly path: string;
  /** What is in it, and what that is called. */
  readonly index: ImageIndex;
  /** The bytes of a blob, unverified; `undefined` when it is not there. */
  readonly findBlob: (digest: Digest) => Promise<LayoutFile | undefined>;
}

/**
 * Reads what a layout says of itself.
 * @throws {DistError} INVALID_INPUT when it is none
 */
export async function readLayout(files: LayoutFiles): Promise<Layout> {
  const { path, find } = files;
  checkMarker(await readSmall(await find(layoutFiles.marker), maxMarkerBytes), path);
  const bytes = await readSmall(await find(layoutFiles.index), limits.manifestBytes);
  return { path, index: parseIndex(bytes, path), findBlob: (digest) => find(layoutFiles.blob(digest)) };
}

/**
 * Reads the `index.json` of a layout.
 * @param bytes `undefined` when there is none, or a larger one than is accepted
 * @throws {DistError} INVALID_INPUT
 */
export function parseIndex(bytes: Uint8Array | undefined, path: string): ImageIndex {
  const wrong = (flaw: string): Error => invalidLayout(path, `has no usable index.json: ${flaw}`);
  if (bytes === undefined) throw wrong(`it is not there, or larger than ${limits.manifestBytes} bytes`);
  try {
    const manifest = parseManifest(bytes);
    if (manifest.kind === "index") return manifest;
  } catch (error) {
    if (!isDistError(error, "UNUSABLE_ARTIFACT") && !isDistError(error, "MEDIA_TYPE_MISMATCH")) throw error;
    throw wrong(error.message);
  }
  throw wrong("it is a manifest, expected an index");
}

/**
 * The manifest or index of a digest in a layout, verified.
 * @param mediaType as an index declares it
 * @throws {DistError} UNUSABLE_ARTIFACT when it is not there, or no manifest; DIGEST_MISMATCH, MEDIA_TYPE_MISMATCH
 */
export async function readLayoutManifest(
  { path, findBlob }: Layout,
  digest: Digest,
  mediaType?: string,
): Promise<ManifestDocument> {
  const bytes = await readSmall(await findBlob(digest), limits.manifestBytes);
  if (bytes === undefined) throw missingBlob(path, digest);
  verifyBytes(bytes, { reference: `${printable(path)} ${digest}`, digest, maxBytes: limits.manifestBytes });
  return { digest, bytes, manifest: parseManifest(bytes, mediaType) };
}

/** The error for a blob that a layout names and does not have. */
export function missingBlob(path: string, digest: Digest): DistError<"UNUSABLE_ARTIFACT"> {
  const shown = printable(path);
  return new DistError(
    "UNUSABLE_ARTIFACT",
    `\`${shown}\` is not whole: it names ${digest} and does not have it`,
    { path: shown },
    {
      hint: "make it again with everything in it: `greentic-dist save`, `skopeo copy --all`, `oras copy -r`",
    },
  );
}

/** All bytes of a small file; `undefined` when there is none, or it is larger. */
export async function readSmall(
  file: LayoutFile | undefined,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (file === undefined || file.size > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of file.open()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
