import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { ifWritable } from "../files/io-errors.ts";
import { keptSuffix, minLeftoverBytes, type Store } from "../store.ts";
import { describeOwner } from "../owner.ts";
import { prepareStore } from "./prepare.ts";
import { QuickFile } from "../files/quick-file.ts";
import { mkdir, rename, rm, rmTree, writeFile } from "../files/quick-fs.ts";
import type { Unfinished } from "./unfinished.ts";

/** The file by which a folder in the store's `ingest` names its owner. */
export const ownerName = "info.json";

/** A private place in the store in which a file is made before it is published. */
export interface Ingest extends AsyncDisposable {
  /** Where the file that is to become a blob lies, or is to lie. */
  readonly path: string;
  /** Makes the file. */
  readonly openData: () => Promise<QuickFile>;
  /** Gives the file, to which nobody writes any more, to whoever goes on with it (see `findLeftover`). */
  readonly keep: () => Promise<void>;
}

/** What is to be made in an {@link Ingest}. */
export interface IngestOptions {
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  readonly unfinished?: Unfinished | undefined;
}

/**
 * Opens an {@link Ingest}; disposing of it removes what was not moved out or kept. It is a folder that names its owner, so
 * that others can tell when nobody works there any more; where nobody would go on with a file, the bare file.
 */
export async function openIngest(store: Store, options: IngestOptions): Promise<Ingest> {
  await prepareStore(store);
  const name = randomUUID();
  const { size = Infinity } = options;
  return size < minLeftoverBytes ? bareFile(store, name) : openFolder(store, name, options);
}

function bareFile(store: Store, name: string): Ingest {
  const path = join(store.ingest, `${name}.tmp`);
  return {
    path,
    openData: () => QuickFile.open(path, "wx", 0o600),
    keep: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => rm(path),
  };
}

async function openFolder(store: Store, name: string, { unfinished }: IngestOptions): Promise<Ingest> {
  const folder = join(store.ingest, name);
  const path = join(folder, "data");
  const owner = await describeOwner();
  const info = unfinished === undefined ? owner : { ...owner, unfinished };
  await mkdir(folder, { mode: 0o700 });
  try {
    await writeFile(join(folder, ownerName), JSON.stringify(info), { flag: "wx" });
  } catch (error) {
    await rmTree(folder);
    throw error;
  }
  let isKept = false;
  return {
    path,
    openData: () => QuickFile.open(path, "wx", 0o600),
    async keep() {
      isKept = await ifWritable(() => rename(folder, `${folder}${keptSuffix}`));
    },
    async [Symbol.asyncDispose]() {
      if (!isKept) await rmTree(folder);
    },
  };
}
