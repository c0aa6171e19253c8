import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ifPresent } from "./files.ts";
import type { Store } from "./store.ts";

/** Bytes by which backup programs know that a folder can be left out (bford.info/cachedir). */
const cacheDirTag = "Signature: 8a477f597d28d172789f06886806bc55\n# The store of greentic-dist.\n";

/** Makes the folders of the store, once for each {@link Store}; a root that we make is for this user alone. */
export async function prepareStore(store: Store): Promise<void> {
  if ((await ifPresent(stat(join(store.home, "CACHEDIR.TAG")))) !== undefined) return;
  await mkdir(dirname(store.root), { recursive: true });
  await mkdir(store.root, { recursive: true, mode: 0o700 });
  const folders = [store.ingest, store.trash, store.quarantine, store.refs];
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(store.guard, "", { flag: "a" });
  await writeFile(join(store.home, "CACHEDIR.TAG"), cacheDirTag);
}
