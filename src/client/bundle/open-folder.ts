import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, DistError, inParallel, printable } from "../../core/index.ts";
import {
  addToIndex,
  findInFolder,
  layoutFiles,
  type NewBlob,
  type NewLayout,
  type NewLayoutEntry,
  newMarker,
  readIndexBytes,
} from "../../layout/index.ts";
import type { Lanes } from "../images/create-lanes.ts";
import { replaceFile, writeError, writeSynced } from "../files/replace-file.ts";
import { syncFolder } from "./write-bundle.ts";

/** How {@link openFolder} writes. */
export interface FolderOptions {
  /** Whether names may change what they mean. */
  readonly force: boolean;
  /** What blobs wait for. */
  readonly lanes: Lanes;
  readonly signal: AbortSignal | undefined;
}

/** An image layout in a folder, to which images are added. */
export interface LayoutFolder {
  /**
   * Writes what of an image is not there, each blob under its name when all of it is.
   * @throws {DistError} TAG_EXISTS when one of its names means something else; nothing was written then
   */
  readonly add: (image: NewLayout) => Promise<{
    readonly manifests: number;
    readonly blobs: number;
    readonly bytes: number;
  }>;
  /** Lists all that was added. What somebody else listed meanwhile stays. */
  readonly finish: () => Promise<void>;
}

/**
 * Opens a layout in a folder, or makes one.
 * @throws {DistError} INVALID_INPUT when there is something else in the folder; IO, DISK_FULL
 */
export async function openFolder(
  path: string,
  { force, lanes, signal }: FolderOptions,
): Promise<LayoutFolder> {
  const entries: NewLayoutEntry[] = [];
  const list = async (added: readonly NewLayoutEntry[]): Promise<Uint8Array> =>
    addToIndex(await readIndexBytes(path), added, { path, force });
  await refuseOther(path);
  const writeBlob = async ({ digest, open }: NewBlob): Promise<void> => {
    const temporary = join(path, `${crypto.randomUUID()}.tmp`);
    try {
      await writeSynced(temporary, open());
      await rename(temporary, join(path, layoutFiles.blob(digest)));
    } catch (error) {
      await rm(temporary, { force: true });
      throw writeError(error, path);
    }
  };
  const missingOf = async (blobs: readonly NewBlob[]): Promise<readonly NewBlob[]> => {
    const held = await inParallel(blobs, ({ digest }) => findInFolder(join(path, layoutFiles.blob(digest))));
    return blobs.filter(({ size }, i) => held[i]?.size !== size);
  };
  return {
    async add({ entries: added, manifests: allManifests, blobs: allBlobs }) {
      await list([...entries, ...added]);
      await makeFolder(join(path, "blobs", "sha256"));
      const [manifests, blobs] = [await missingOf(allManifests), await missingOf(allBlobs)];
      await inParallel(blobs, (blob) => lanes(() => writeBlob(blob), signal));
      await inParallel(manifests, writeBlob);
      entries.push(...added);
      const bytes = [...manifests, ...blobs].reduce((sum, { size }) => sum + size, 0);
      return { manifests: manifests.length, blobs: blobs.length, bytes };
    },
    async finish() {
      if (entries.length === 0) return;
      await syncFolder(join(path, "blobs", "sha256"));
      await replaceFile(join(path, layoutFiles.marker), newMarker());
      await replaceFile(join(path, layoutFiles.index), await list(entries));
      await syncFolder(path);
    },
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writeError(error, path);
  }
}

/** @throws {DistError} INVALID_INPUT when what is at a path is neither a layout nor empty, nor a copy that was broken off */
async function refuseOther(path: string): Promise<void> {
  const names = await namesIn(path);
  const isOurs = names.includes(layoutFiles.marker) || names.every((name) => /^blobs$|\.tmp$/.test(name));
  if (isOurs) return;
  const shown = printable(path);
  const hint = "name a folder that is empty, not there, or a layout";
  throw new DistError(
    "INVALID_INPUT",
    `\`${shown}\` has something else in it than an OCI image layout`,
    { path: shown },
    { hint },
  );
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw writeError(error, path);
  }
}
