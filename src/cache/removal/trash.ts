import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileClock } from "../files/file-clock.ts";
import { ifPresent } from "../files/io-errors.ts";
import { describeOwner, isOwnerGone } from "../owner.ts";
import { lstat, mkdir, readdir, rename, rm, rmTree, writeFile } from "../files/quick-fs.ts";
import { readJson } from "../files/read-file.ts";
import type { Store } from "../store.ts";

const infoName = "info.json";
const draftSuffix = ".tmp";
/** How long a removal counts whose process cannot be looked up from here, in milliseconds. */
const staleMs = 30_000;

/** Makes a folder in the trash, which names its owner from the moment it is there. Returns its name. */
export async function announceRemoval(store: Store): Promise<string> {
  const removal = randomUUID();
  const folder = join(store.trash, removal);
  const draft = `${folder}${draftSuffix}`;
  await mkdir(draft, { recursive: true });
  try {
    await writeFile(join(draft, infoName), JSON.stringify(await describeOwner()));
    await rename(draft, folder);
  } catch (error) {
    await rmTree(draft);
    throw error;
  }
  return removal;
}

/** Deletes such a folder, with all that is in it. */
export async function withdrawRemoval(store: Store, removal: string): Promise<void> {
  const folder = join(store.trash, removal);
  try {
    // First of all, so that nobody waits for the rest.
    await rm(join(folder, infoName));
  } finally {
    await rmTree(folder);
  }
}

/** The names of what is being removed now, by processes that live. */
export async function removalsUnderWay(store: Store): Promise<readonly string[]> {
  const { active } = await readTrash(store);
  return active.filter((name) => !name.endsWith(draftSuffix));
}

/** What the trash holds that nobody will empty: its process has ended. */
export async function abandonedTrash(store: Store): Promise<readonly string[]> {
  const { abandoned } = await readTrash(store);
  return abandoned.map((name) => join(store.trash, name));
}

/** What lies in the trash, by whether its process still lives. */
async function readTrash(
  store: Store,
): Promise<{ readonly active: readonly string[]; readonly abandoned: readonly string[] }> {
  const names = (await ifPresent(readdir(store.trash))) ?? [];
  const states = await Promise.all(names.map((name) => isUnderWay(store, name)));
  return {
    active: names.filter((_, i) => states[i] === true),
    abandoned: names.filter((_, i) => states[i] === false),
  };
}

async function isUnderWay(store: Store, name: string): Promise<boolean> {
  const folder = join(store.trash, name);
  const owner = await readJson(join(folder, infoName));
  // A draft may be about to get one.
  if (owner === undefined && !name.endsWith(draftSuffix)) return false;
  const gone = owner === undefined ? undefined : await isOwnerGone(owner);
  if (gone !== undefined) return !gone;
  const stats = await ifPresent(lstat(folder));
  return stats !== undefined && (await fileClock(store)) - stats.mtimeMs <= staleMs;
}
