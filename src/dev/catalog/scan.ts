import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent, stateOf } from "../../cache/index.ts";
import { errnoOf, printable } from "../../core/index.ts";
import { type Entry, entryInside } from "./inside.ts";
import { type ArtifactKind, artifactFiles, artifactPath, splitFlatName } from "./layout.ts";
import { isSafeId, isSafeVersion } from "./safe-name.ts";

/** A component or pack in a served folder, as it was when it was looked at. */
export interface ServedArtifact {
  readonly kind: ArtifactKind;
  readonly id: string;
  readonly version: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** When the file was last written to, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Another text whenever the file has changed. */
  readonly stamp: string;
}

/** What a look into a folder found. */
export interface Scan {
  readonly artifacts: readonly ServedArtifact[];
  /** Folders that were looked into: a change of the artifacts is a change in one of them. */
  readonly folders: readonly Entry[];
  /** A sentence for each file that looks like an artifact and is none. */
  readonly complaints: readonly string[];
}

/**
 * Looks for artifacts of one kind in `folder`, in both layouts; the flat file counts where both are there. A folder
 * that is not there, or not inside `root`, has none.
 * @param id looks for this one only
 */
export async function scan(
  root: string,
  kind: ArtifactKind,
  folder: string,
  id: string | undefined,
): Promise<Scan> {
  const found = new Map<string, ServedArtifact>();
  const folders: Entry[] = [];
  const complaints: string[] = [];
  const { extension } = artifactFiles[kind];

  const look = async (path: string): Promise<Entry | undefined> => {
    const entry = await entryInside(root, path);
    if (entry === undefined && (await stateOf(path)) !== undefined) {
      complaints.push(notServed(path, `it is a link that leads out of ${printable(root)}, or to nothing`));
    }
    return entry;
  };
  const namesIn = async (path: string): Promise<readonly string[]> => {
    const entry = await look(path);
    if (entry?.state.kind !== "folder") return [];
    const names = await ifPresent(readdir(entry.path));
    folders.push(entry);
    return names ?? [];
  };
  /** Like `work`, but what this user may not look into is complained of: the rest is served all the same. */
  const unlessClosed = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (errnoOf(error) !== "EACCES") throw error;
      complaints.push(notServed(path, "this user may not look into it"));
    }
  };
  const add = async (path: string, name: { readonly id: string; readonly version: string }) => {
    const entry = await look(path);
    const key = `${name.id} ${name.version}`;
    if (entry?.state.kind !== "file" || found.has(key)) return;
    const { sizeBytes, modifiedMs, stamp } = entry.state;
    found.set(key, { kind, ...name, path, sizeBytes, modifiedMs, stamp });
  };

  const names = (await namesIn(folder)).filter((name) => !name.startsWith("."));
  for (const name of names.filter((one) => one.endsWith(extension))) {
    const split = splitFlatName(name.slice(0, -extension.length));
    if (split === undefined) complaints.push(nameless(join(folder, name), extension));
    else if (id === undefined || split.id === id) await add(join(folder, name), split);
  }
  for (const name of names.filter((one) => !one.endsWith(extension) && (id === undefined || one === id))) {
    if (!isSafeId(name)) continue;
    await unlessClosed(join(folder, name), async () => {
      for (const version of await namesIn(join(folder, name))) {
        if (!isSafeVersion(version)) continue;
        await unlessClosed(join(folder, name, version), async () => {
          await namesIn(join(folder, name, version));
          await add(join(folder, artifactPath("byIdAndVersion", kind, name, version)), { id: name, version });
        });
      }
    });
  }
  return { artifacts: [...found.values()], folders, complaints };
}

function nameless(path: string, extension: string): string {
  return notServed(path, `expected <id>-<version>${extension} with a version as in 1.0.0`);
}

function notServed(path: string, reason: string): string {
  return `\`${printable(path)}\` is not served: ${reason}`;
}
