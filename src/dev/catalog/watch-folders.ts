import { type FSWatcher, watch } from "node:fs";
import { errnoOf } from "../../core/index.ts";
import type { Entry } from "./inside.ts";

/** Looks at folders for as long as it is not closed. */
export interface FolderWatch extends Disposable {
  /** Watches these folders from now on, and no others. */
  readonly follow: (folders: readonly Entry[]) => void;
}

/**
 * Calls `changed` some time after something in a watched folder did. One watcher for each folder, none of them
 * recursive: on Linux that is emulated, and walks into everything.
 * @param failed hears when a folder cannot be watched
 */
export function watchFolders(
  debounceMs: number,
  changed: () => void,
  failed: (folder: string, errno: string) => void,
): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const soon = (): void => {
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(changed, debounceMs);
  };
  const drop = (key: string): void => {
    watchers.get(key)?.close();
    watchers.delete(key);
  };
  const add = (key: string, folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, soon);
      watchers.set(key, watcher);
      watcher.on("error", (error) => {
        if (watchers.get(key) === watcher) drop(key);
        if (!isGone(error)) failed(folder, errnoOf(error) ?? error.message);
        soon();
      });
      // What changed before it was watched.
      soon();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (!isGone(error)) failed(folder, errno);
    }
  };
  return {
    follow(folders) {
      if (isClosed) return;
      const wanted = new Map(folders.map((folder) => [keyOf(folder), folder.path]));
      for (const key of watchers.keys()) if (!wanted.has(key)) drop(key);
      for (const [key, folder] of wanted) if (!watchers.has(key)) add(key, folder);
    },
    [Symbol.dispose]() {
      isClosed = true;
      clearTimeout(timer);
      for (const key of watchers.keys()) drop(key);
    },
  };
}

/** Another one for a folder that was removed and made again. */
function keyOf({ path, state }: Entry): string {
  return `${state.identity} ${path}`;
}

/** Whether a folder was removed while someone began to watch it: the folder around it says so too. */
function isGone(error: unknown): boolean {
  return errnoOf(error) === "ENOENT" || errnoOf(error) === "EPERM";
}
