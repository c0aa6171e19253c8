import { sep } from "node:path";
import { type Digest, hexOf, type ManifestDocument } from "../core/index.ts";

/**
 * One cache: where everything lies below its root, and the clock that it goes by. `<root>/<hex>/` is what other
 * programs read; `.store/v1` is ours: a newer format would be another folder beside it.
 */
export interface Store {
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What this process has found whole: for each digest the stamps of its files, and when their use was last noted. */
  readonly known: Map<Digest, Map<string, number>>;
  /** Manifests that this process has read; each is what its digest says as long as that is known of its file. */
  readonly manifests: Map<Digest, ManifestDocument>;
  /** Whether to find that a file is whole is to use it. */
  readonly notesUse: boolean;
  /** `<root>/.store`, which holds an empty `component.wasm` so that the Rust tool's `cache gc` leaves it alone. */
  readonly guard: string;
  /** `<root>/.store/v1`. */
  readonly home: string;
  /** The file by which backup programs know that the store can be left out. */
  readonly tag: string;
  /** What {@link Store.blob} is below. */
  readonly blobs: string;
  readonly ingest: string;
  readonly trash: string;
  readonly quarantine: string;
  readonly refs: string;
  /** A file for each lease on something that must stay. */
  readonly leases: string;
  /** A file for each lock that is held. */
  readonly locks: string;
  /** The folder in which other programs look for an artifact. */
  readonly view: (digest: Digest) => string;
  /** The file of a blob: an artifact or a manifest, bytes only. */
  readonly blob: (digest: Digest) => string;
  /** The note on when a blob was last used, and which files of it hashed right. */
  readonly memo: (digest: Digest) => string;
  /** Where Rust greentic-dist 1.x keeps the artifact of a digest. */
  readonly rustBlob: (digest: Digest) => string;
}

/** Fewer bytes than this are fetched again rather than gone on with, so that small artifacts cost nothing more. */
export const minLeftoverBytes: number = 1024 * 1024;

/** How the names of folders in `ingest` end in which nobody works any more. */
export const keptSuffix = ".kept";

/** A verified file of the store. */
export interface Blob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly path: string;
}

/**
 * The path of something in a folder of the cache. Unlike `node:path` it goes over no character of it: where nothing is
 * compiled yet, that takes longer than to open the file.
 */
export function pathOf(folder: string, ...names: readonly string[]): string {
  return [folder, ...names].join(sep);
}

/** The {@link Store} below `root`, an absolute path as `resolve` returns it. */
export function createStore(root: string, now: () => number): Store {
  const home = pathOf(root, ".store", "v1");
  const sharded = (folder: string, digest: Digest): string => {
    const hex = hexOf(digest);
    return pathOf(home, folder, hex.slice(0, 2), hex);
  };
  return {
    root,
    now,
    known: new Map(),
    manifests: new Map(),
    notesUse: true,
    guard: pathOf(root, ".store", "component.wasm"),
    home,
    tag: pathOf(home, "CACHEDIR.TAG"),
    blobs: pathOf(home, "blobs"),
    ingest: pathOf(home, "ingest"),
    trash: pathOf(home, "trash"),
    quarantine: pathOf(home, "quarantine"),
    refs: pathOf(home, "refs"),
    leases: pathOf(home, "leases"),
    locks: pathOf(home, "locks"),
    view: (digest) => pathOf(root, hexOf(digest)),
    blob: (digest) => sharded(pathOf("blobs", "sha256"), digest),
    memo: (digest) => sharded("used", digest),
    rustBlob: (digest) => {
      const hex = hexOf(digest);
      return pathOf(root, "artifacts", "sha256", hex.slice(0, 2), hex.slice(2), "blob");
    },
  };
}

/** The same store, for looking after it: what is looked at is not noted as used. */
export function withoutUse(store: Store): Store {
  return { ...store, notesUse: false };
}
