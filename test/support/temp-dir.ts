import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder that goes away, with all that is in it, when it is disposed. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/** Makes a {@link TempDir}. */
export async function tempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), "greentic-dist-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
