import { join } from "node:path";
import { ifWritable } from "./io-errors.ts";
import { keptSuffix, type Store } from "./store.ts";
import { describeOwner } from "./owner.ts";
import { prepareStore } from "./prepare.ts";
import { QuickFile } from "./quick-file.ts";
import { mkdir, rename, rm, writeFile } from "./quick-fs.ts";
import type { Unfinished } from "./unfinished.ts";

/** A private folder in the store in which something is made before it is published. It names its owner. */
export interface Ingest extends AsyncDisposable {
  /** A new path inside the folder. */
  readonly path: (name: string) => string;
  /** Opens the file that is to become a blob. */
  readonly openData: () => Promise<QuickFile>;
  /** Gives the folder, in which nothing changes any more, to whoever goes on with it (see `findLeftover`). */
  readonly keep: () => Promise<void>;
}

/** Opens an {@link Ingest}; disposing of it removes what was not moved out or kept. */
export async function openIngest(store: Store, unfinished?: Unfinished): Promise<Ingest> {
  await prepareStore(store);
  const folder = join(store.ingest, crypto.randomUUID());
  await mkdir(folder, { mode: 0o700 });
  const owner = await describeOwner();
  const info = unfinished === undefined ? owner : { ...owner, unfinished };
  await writeFile(join(folder, "info.json"), JSON.stringify(info), { flag: "wx" });
  let isKept = false;
  const path = (name: string): string => join(folder, name);
  return {
    path,
    openData: () => QuickFile.open(path("data"), "wx", 0o600),
    async keep() {
      isKept = await ifWritable(() => rename(folder, `${folder}${keptSuffix}`));
    },
    async [Symbol.asyncDispose]() {
      if (!isKept) await rm(folder, { recursive: true, force: true });
    },
  };
}
