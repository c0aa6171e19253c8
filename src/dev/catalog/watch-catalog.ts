import { isDistError } from "../../core/index.ts";
import type { FolderSettings } from "./distributor-json.ts";
import { type Entry, entryInside } from "./inside.ts";
import type { ServedArtifact } from "./scan.ts";
import { watchFolders } from "./watch-folders.ts";

/** How the served artifacts changed. */
export interface CatalogChange {
  readonly added: readonly ServedArtifact[];
  readonly removed: readonly ServedArtifact[];
  /** As they are now. */
  readonly changed: readonly ServedArtifact[];
  /** Whether `distributor.json` says something else now. */
  readonly settings: boolean;
  /** Whether other files than before look like artifacts and are not served. */
  readonly complaints: boolean;
}

/** A catalog at one moment. */
export interface CatalogState {
  readonly artifacts: readonly ServedArtifact[];
  /** Where it was looked into. */
  readonly folders: readonly Entry[];
  readonly settings: FolderSettings;
  /** A sentence for each file that looks like an artifact and is not served. */
  readonly complaints: readonly string[];
}

/** Tells listeners how a catalog changes. */
export interface CatalogWatch extends Disposable {
  readonly onChange: (listener: (change: CatalogChange) => void) => () => void;
}

/**
 * Looks at a catalog's folders from the first listener on, and scans them again when something happened there.
 * @param before what there was when the catalog was opened
 */
export function watchCatalog(
  root: string,
  before: CatalogState,
  scan: () => Promise<CatalogState>,
  debounceMs: number,
  warn: (message: string) => void,
): CatalogWatch {
  const listeners = new Set<(change: CatalogChange) => void>();
  let seen = before;
  let isWatching = false;
  let turn: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    try {
      const state = await scan();
      const top = await entryInside(root, root);
      folderWatch.follow(top === undefined ? state.folders : [top, ...state.folders]);
      const change = changeFrom(seen, state);
      seen = state;
      if (change !== undefined) for (const listener of listeners) listener(change);
    } catch (error) {
      if (!isDistError(error, "IO")) throw error;
      warn(error.message);
    }
  };
  // One look at a time, so that changes are told in their order.
  const lookNext = (): void => {
    turn = turn.then(look);
  };
  const folderWatch = watchFolders(debounceMs, lookNext, (folder, errno) =>
    warn(`changes of \`${folder}\` are not seen: ${errno}`),
  );
  return {
    onChange(listener) {
      listeners.add(listener);
      if (!isWatching) lookNext();
      isWatching = true;
      return () => listeners.delete(listener);
    },
    [Symbol.dispose]: () => folderWatch[Symbol.dispose](),
  };
}

/** `undefined` when nothing changed. */
function changeFrom(before: CatalogState, after: CatalogState): CatalogChange | undefined {
  const [old, now] = [byKey(before.artifacts), byKey(after.artifacts)];
  const added = after.artifacts.filter((one) => !old.has(keyOf(one)));
  const removed = before.artifacts.filter((one) => !now.has(keyOf(one)));
  const settings = before.settings !== after.settings;
  const changed = after.artifacts.filter((one) => {
    const was = old.get(keyOf(one));
    return was !== undefined && (was.stamp !== one.stamp || was.path !== one.path);
  });
  const complaints = before.complaints.join("\n") !== after.complaints.join("\n");
  const isSame = added.length + removed.length + changed.length === 0 && !settings && !complaints;
  return isSame ? undefined : { added, removed, changed, settings, complaints };
}

const keyOf = ({ kind, id, version }: ServedArtifact): string => `${kind} ${id} ${version}`;

function byKey(artifacts: readonly ServedArtifact[]): ReadonlyMap<string, ServedArtifact> {
  return new Map(artifacts.map((one) => [keyOf(one), one]));
}
