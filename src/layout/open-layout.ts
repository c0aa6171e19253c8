import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../core/index.ts";
import type { ByteSource } from "../verify/index.ts";
import { openArchive } from "./archive-file.ts";
import { fileInput, readChunked } from "./byte-input.ts";
import { invalidLayout } from "./invalid-layout.ts";
import { type Layout, type LayoutFile, type LayoutFiles, readLayout } from "./layout.ts";
import { readable } from "./open-regular.ts";

/** What a layout is kept in. */
export type LayoutForm = "folder" | "archive";

/**
 * Reads a layout on this machine. Its files are opened when they are asked for, so that there is nothing to close.
 * @throws {DistError} NOT_FOUND, INVALID_INPUT, IO
 */
export async function openLayout(path: string, form: LayoutForm): Promise<Layout> {
  return readLayout(form === "folder" ? await folderFiles(path) : await archiveFiles(path));
}

async function folderFiles(path: string): Promise<LayoutFiles> {
  const stats = await readable(path, () => stat(path));
  if (!stats.isDirectory())
    throw invalidLayout(path, "is no folder", "for a tar archive write oci-archive:PATH");
  return { path, find: async (name) => findInFolder(join(path, name)) };
}

/** A link is no file of a layout: it could lead anywhere. */
const noLink = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The regular file at a path in a folder that is a layout; `undefined` when there is none. */
export async function findInFolder(path: string): Promise<LayoutFile | undefined> {
  const size = await readable(path, () => sizeOf(path));
  if (size === undefined) return undefined;
  const bytes = async function* (): ByteSource {
    await using file = await readable(path, () => open(path, noLink));
    yield* readChunked(await fileInput(file, path), size);
  };
  return { size, open: bytes };
}

/** How large a regular file is; `undefined` when there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    await using file = await open(path, noLink);
    const stats = await file.stat();
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

async function archiveFiles(path: string): Promise<LayoutFiles> {
  const files = new Map<string, { readonly offset: number; readonly size: number }>();
  await using archive = await openArchive(path);
  for await (const { name, offset, size } of archive.entries()) files.set(name, { offset, size });
  const { isCompressed } = archive;
  const find = async (name: string): Promise<LayoutFile | undefined> => {
    const file = files.get(name);
    if (file === undefined) return undefined;
    const bytes = async function* (): ByteSource {
      await using again = await openArchive(path);
      if (!isCompressed) return yield* again.bytesAt(file);
      for await (const entry of again.entries()) if (entry.name === name) return yield* entry.bytes;
    };
    return { size: file.size, open: bytes };
  };
  return { path, find };
}
