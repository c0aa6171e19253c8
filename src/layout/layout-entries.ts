import { type Digest, type JsonObject, mediaTypes } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { refNameKey } from "./find-entry.ts";
import { layoutFiles, layoutVersion } from "./layout-files.ts";
import { type Compression, compressed } from "./compression.ts";
import { type NewTarEntry, writeTar } from "./tar/write-tar.ts";

/** A manifest or index that a layout lists in its `index.json`. */
export interface NewLayoutEntry {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  /** What it is called there. */
  readonly name?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A blob that goes into a layout. */
export interface NewBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** Opened when its turn comes; chunks may be borrowed. */
  readonly open: () => ByteSource;
}

/** What a layout is made of. */
export interface NewLayout {
  readonly entries: readonly NewLayoutEntry[];
  readonly manifests: readonly NewBlob[];
  readonly blobs: readonly NewBlob[];
}

/**
 * The files of a layout: its marker, the index, manifests, and all other blobs, so that whoever reads them in this order
 * knows what is to come. The order in which things were given makes no difference, and each digest is there once.
 */
export function layoutEntries({ entries, manifests, blobs }: NewLayout): readonly NewTarEntry[] {
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: entries.map(printEntry).toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b))),
  };
  const first = new Map(manifests.map((blob) => [blob.digest, blob]));
  const rest = new Map(blobs.filter(({ digest }) => !first.has(digest)).map((blob) => [blob.digest, blob]));
  return [
    fileOf(layoutFiles.marker, newMarker()),
    fileOf(layoutFiles.index, Buffer.from(JSON.stringify(index))),
    ...[first, rest].flatMap((group) =>
      [...group.values()]
        .toSorted((a, b) => compare(a.digest, b.digest))
        .map(({ digest, size, open }) => ({ name: layoutFiles.blob(digest), size, open })),
    ),
  ];
}

/**
 * A layout as a tar archive, chunk by chunk, each borrowed. The same layout makes the same bytes; compressed, the same
 * with the same release of Node.js.
 * @param path names the archive in messages
 * @throws {DistError} INVALID_INPUT when this Node.js cannot compress so
 */
export function layoutArchive(
  layout: NewLayout,
  compression: Compression | undefined,
  path: string,
): ByteSource {
  const bytes = writeTar(layoutEntries(layout));
  return compression === undefined ? bytes : compressed(bytes, compression, path);
}

/** A descriptor as it is written down: what sorts it first. */
export function printEntry({
  mediaType,
  digest,
  size,
  artifactType,
  name,
  annotations,
}: NewLayoutEntry): JsonObject {
  const all = { ...(name === undefined ? {} : { [refNameKey]: name }), ...annotations };
  return {
    ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
    ...(artifactType === undefined ? {} : { artifactType }),
    digest,
    mediaType,
    size,
  };
}

/** What `oci-layout` says. */
export function newMarker(): Uint8Array {
  return Buffer.from(JSON.stringify({ imageLayoutVersion: layoutVersion }));
}

function fileOf(name: string, bytes: Uint8Array): NewTarEntry {
  return { name, size: bytes.length, open: () => once(bytes) };
}

async function* once(bytes: Uint8Array): ByteSource {
  yield bytes;
}

/** By code units, whatever the language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
