import { type FileHandle, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "./store.ts";
import { describeOwner } from "./owner.ts";
import { prepareStore } from "./prepare.ts";

/** A private folder in the store in which something is made before it is published. It names its owner. */
export interface Ingest extends AsyncDisposable {
  /** A new path inside the folder. */
  readonly path: (name: string) => string;
  /** Opens the file that is to become a blob. */
  readonly openData: () => Promise<FileHandle>;
}

/** Opens an {@link Ingest}; disposing of it removes what was not moved out. */
export async function openIngest(store: Store): Promise<Ingest> {
  await prepareStore(store);
  const folder = join(store.ingest, crypto.randomUUID());
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "info.json"), JSON.stringify(await describeOwner()), { flag: "wx" });
  const path = (name: string): string => join(folder, name);
  return {
    path,
    openData: () => open(path("data"), "wx", 0o600),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
