import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { errnoOf, type JsonObject } from "../../core/index.ts";
import { ifPresent } from "./io-errors.ts";
import { mkdir, rename, rm, writeFile } from "./quick-fs.ts";
import type { Store } from "../store.ts";

/** Puts a small JSON file in place at once: whoever reads it sees the old or the new one. */
export async function replaceJson(store: Store, path: string, value: JsonObject): Promise<void> {
  await replaceText(store, path, printJson(value));
}

/** The text of a JSON file. */
export function printJson(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Puts a small text file in place at once. */
export async function replaceText(store: Store, path: string, text: string): Promise<void> {
  const temporary = join(store.ingest, `${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, text, { flag: "wx", mode: 0o644 });
    await moveInto(dirname(path), () => renameOver(store, temporary, path));
  } catch (error) {
    await rm(temporary);
    throw error;
  }
}

/** Does `move`, which moves something into `folder`; where there is no such folder once more, when it was made. */
export async function moveInto(folder: string, move: () => Promise<void>): Promise<void> {
  try {
    await move();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await mkdir(folder, { recursive: true });
    await move();
  }
}

/** Renames a file of ours to where it belongs. A folder that bears the name is moved aside: it may hold what is not ours. */
export async function renameOver(store: Store, file: string, path: string): Promise<void> {
  try {
    await rename(file, path);
  } catch (error) {
    if (errnoOf(error) !== "EISDIR") throw error;
    await moveAside(store, path);
    await rename(file, path);
  }
}

/** Makes a folder for something of ours. A file that bears the name is moved aside. */
export async function claimFolder(store: Store, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    await moveAside(store, path);
    await mkdir(path, { recursive: true });
  }
}

/** Moves what is not what its name says to the quarantine. */
export async function moveAside(store: Store, path: string): Promise<void> {
  await mkdir(store.quarantine, { recursive: true });
  await ifPresent(rename(path, join(store.quarantine, `${basename(path)}.${randomUUID()}`)));
}
