import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ByteSource } from "../verify/index.ts";
import { openArchive } from "./archive-file.ts";
import type { OnRead } from "./byte-input.ts";
import { invalidLayout } from "./invalid-layout.ts";
import { layoutFiles } from "./layout-files.ts";
import { findInFolder } from "./open-layout.ts";
import { readable } from "./open-regular.ts";

/** A file of a layout, as it comes by. */
export interface StreamedFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Its bytes, unverified and borrowed, to be read before the next file is asked for. */
  readonly bytes: ByteSource;
}

/**
 * The files of a layout in a folder or an archive, one after the other, each read once.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO
 */
export async function* streamLayout(path: string, onRead?: OnRead): AsyncGenerator<StreamedFile, void> {
  const stats = await readable(path, () => stat(path));
  if (stats.isDirectory()) return yield* streamFolder(path, onRead);
  await using archive = await openArchive(path);
  yield* archive.entries(onRead);
}

async function* streamFolder(path: string, onRead?: OnRead): AsyncGenerator<StreamedFile, void> {
  const folder = "blobs/sha256";
  const marker = await findInFolder(join(path, layoutFiles.marker));
  if (marker === undefined) throw invalidLayout(path, "is no OCI image layout: it has no oci-layout file");
  const blobs = await readable(join(path, folder), () => readdir(join(path, folder)));
  let read = 0;
  for (const name of [layoutFiles.marker, layoutFiles.index, ...blobs.map((blob) => `${folder}/${blob}`)]) {
    const file = await findInFolder(join(path, name));
    if (file === undefined) continue;
    yield { name, size: file.size, bytes: file.open() };
    read += file.size;
    onRead?.(read, undefined);
  }
}
