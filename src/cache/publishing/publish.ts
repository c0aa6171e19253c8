import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { type Digest, errnoOf, hexOf, isDistError } from "../../core/index.ts";
import {
  type RestartableSource,
  type Expected,
  type Measured,
  verifyInto,
  type VerifyIntoOptions,
} from "../../verify/index.ts";
import { duplicateFile, linkFile, syncPath } from "../files/duplicate-file.ts";
import { ifPresent } from "../files/io-errors.ts";
import type { QuickFile } from "../files/quick-file.ts";
import { mkdir, rename } from "../files/quick-fs.ts";
import { moveInto, renameOver } from "../files/replace-file.ts";
import { withRoom } from "../removal/free-garbage.ts";
import { isWhole } from "../hashing/hash-file.ts";
import { type Ingest, openIngest } from "./ingest.ts";
import type { Lease } from "../removal/lease.ts";
import type { Unfinished } from "./unfinished.ts";
import { type Blob, minLeftoverBytes, type Store } from "../store.ts";
import { createWriteBehind } from "../files/write-behind.ts";

/** How {@link publish} runs. */
export interface PublishOptions extends VerifyIntoOptions {
  /**
   * What the bytes are, where a later call can go on with them: then the first MiB and more of them stay when `source`
   * breaks off or is stopped. Default: nothing of them stays.
   */
  readonly unfinished?: Unfinished | undefined;
  /** Keeps the blob before it has its name. Default: the caller has a lease on its digest, or can do without the blob. */
  readonly lease?: Lease | undefined;
}

/**
 * Turns bytes into a blob: streamed into a private file, hashed on the way, synced, and only then given its name. The
 * only way into the store.
 *
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH (nothing is kept then), ABORTED; and what `source` throws
 */
export async function publish(
  store: Store,
  source: RestartableSource,
  expected: Expected,
  { unfinished, lease, ...options }: PublishOptions = {},
): Promise<Blob> {
  await using ingest = await withRoom(store, () => openIngest(store, { size: expected.size, unfinished }));
  const data = await ingest.openData();
  let measured: Measured;
  try {
    const { write, sync } = createWriteBehind(data);
    const writeSomehow = (chunk: Uint8Array, position: number): Promise<void> =>
      withRoom(store, () => write(chunk, position));
    const onStartOver = (): Promise<void> => data.truncate();
    measured = await verifyInto(source, expected, writeSomehow, { ...options, onStartOver });
    await data.chmod(0o644);
    await sync();
  } catch (error) {
    if (unfinished !== undefined && isInterruption(error)) await keepLong(ingest, data);
    throw error;
  } finally {
    await data.close();
  }
  await lease?.add([measured.digest]);
  await withRoom(store, () => nameBlob(store, ingest.path, measured.digest));
  return { ...measured, path: store.blob(measured.digest) };
}

/** Whether the bytes that came may well be the right ones, and this disk took them. */
function isInterruption(error: unknown): boolean {
  return isDistError(error) && error.code !== "DIGEST_MISMATCH" && error.code !== "SIZE_MISMATCH";
}

async function keepLong(ingest: Ingest, data: QuickFile): Promise<void> {
  if ((await data.stat()).size >= minLeftoverBytes) await ingest.keep();
}

/** Gives a file that hashes to `digest` its name in the store, for good. */
async function nameBlob(store: Store, file: string, digest: Digest): Promise<void> {
  await linkBlob(store, file, digest);
  await syncPath(dirname(store.blob(digest)));
}

/**
 * Gives a file that hashes to `digest` its name in the store. What bears the name already stays when it is whole. The name
 * lasts when the folder it is in was synced.
 */
export async function linkBlob(store: Store, file: string, digest: Digest): Promise<void> {
  const blob = store.blob(digest);
  try {
    await moveInto(dirname(blob), async () => {
      if (!(await linkFile(file, blob))) await rename(file, blob);
    });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    if (await isWhole(store, blob, digest)) return;
    await keepAside(store, blob, digest);
    await renameOver(store, file, blob);
  }
}

/** Keeps a file that failed verification where it does no harm, for whoever wants to know what happened. */
async function keepAside(store: Store, path: string, digest: Digest): Promise<void> {
  const kept = join(store.quarantine, `${hexOf(digest)}.${randomUUID()}`);
  await ifPresent(linkFile(path, kept));
}

/** Takes a file that was found to hash to `digest` over into the store, in place of what is there. */
export async function adopt(store: Store, place: string, digest: Digest): Promise<void> {
  await using ingest = await openIngest(store, { size: undefined });
  await duplicateFile(place, ingest.path);
  const blob = store.blob(digest);
  await mkdir(dirname(blob), { recursive: true });
  await keepAside(store, blob, digest);
  await renameOver(store, ingest.path, blob);
}
