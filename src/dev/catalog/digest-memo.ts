import type { OpenFile } from "../../cache/index.ts";
import { type Digest, DistError, printable } from "../../core/index.ts";

/** Remembers the digests of files for as long as they do not change. */
export interface DigestMemo {
  /** The digest of the file at `path` when it had `stamp`; `undefined` when it was not hashed since. */
  readonly known: (path: string, stamp: string) => Digest | undefined;
  /**
   * The digest of an open file. Calls for one file at a time share one hashing.
   * @throws {DistError} IO when it is written to meanwhile
   */
  readonly digestOf: (path: string, file: OpenFile) => Promise<Digest>;
  /** Forgets every file but those at `paths`. */
  readonly keep: (paths: ReadonlySet<string>) => void;
}

/** An empty {@link DigestMemo}. */
export function createDigestMemo(): DigestMemo {
  const notes = new Map<string, { readonly stamp: string; readonly digest: Digest }>();
  const running = new Map<string, Promise<Digest>>();

  const known = (path: string, stamp: string): Digest | undefined => {
    const note = notes.get(path);
    return note?.stamp === stamp ? note.digest : undefined;
  };
  const run = async (path: string, stamp: string, file: OpenFile): Promise<Digest> => {
    const digest = await file.digest();
    if ((await file.state()).stamp !== stamp) throw changing(path);
    notes.set(path, { stamp, digest });
    return digest;
  };
  return {
    known,
    async digestOf(path, file) {
      const { stamp } = await file.state();
      const key = `${stamp} ${path}`;
      const digest = known(path, stamp) ?? running.get(key);
      if (digest !== undefined) return digest;
      const hashing = run(path, stamp, file).finally(() => running.delete(key));
      running.set(key, hashing);
      return hashing;
    },
    keep(paths) {
      for (const path of notes.keys()) if (!paths.has(path)) notes.delete(path);
    },
  };
}

function changing(path: string): DistError<"IO"> {
  const shown = printable(path);
  return new DistError(
    "IO",
    `file \`${shown}\` is being written to`,
    { path: shown },
    { hint: "ask again when it is whole; write beside it and rename, and nobody sees a part of it" },
  );
}
