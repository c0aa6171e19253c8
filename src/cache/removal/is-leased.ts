import { join } from "node:path";
import {
  type Digest,
  digestFromHex,
  isDigest,
  isJsonObject,
  type JsonObject,
  parseJson,
} from "../../core/index.ts";
import { fileClock } from "../files/file-clock.ts";
import { ifPresent } from "../files/io-errors.ts";
import { isOwnerGone } from "../owner.ts";
import { lstat, readdir, rm } from "../files/quick-fs.ts";
import { reachableFrom } from "./reachable.ts";
import { readRegularSync } from "../files/read-file.ts";
import type { Store } from "../store.ts";

/** Whether somebody has a lease on one of `digests`, or on a manifest that names it. */
export async function isLeased(store: Store, digests: Iterable<Digest>): Promise<boolean> {
  const leased = await reachableFrom(store, await leasedDigests(store));
  return [...digests].some((digest) => leased.has(digest));
}

/** How long the lease of a process counts that cannot be looked up from here, in milliseconds. */
const longestMs = 24 * 60 * 60 * 1000;

/**
 * Everything that somebody has a lease on: what its name says, and what stands in it. Leases that are over are removed:
 * those of processes that are gone, and of others that cannot be looked up when they are a day old.
 */
export async function leasedDigests(store: Store): Promise<ReadonlySet<Digest>> {
  const leased = new Set<Digest>();
  for (const name of (await ifPresent(readdir(store.leases))) ?? []) {
    const digest = digestFromHex(name.slice(0, name.indexOf(".")));
    if (digest === undefined) continue;
    const path = join(store.leases, name);
    const records = readRecords(path);
    const owner = records.find((record) => "owner" in record)?.["owner"];
    if (await isOver(store, path, owner)) {
      await rm(path);
      continue;
    }
    leased.add(digest);
    for (const { digests } of records) {
      const others: readonly unknown[] = Array.isArray(digests) ? digests : [];
      for (const other of others) if (typeof other === "string" && isDigest(other)) leased.add(other);
    }
  }
  return leased;
}

/** Far more than the leases of a lockfile's entries ever have. */
const maxBytes = 64 * 1024 * 1024;

/** The lines of a lease: what was added to it at once. One that cannot be read counts as absent. */
function readRecords(path: string): readonly JsonObject[] {
  const text = new TextDecoder().decode(readRegularSync(path, maxBytes));
  return text
    .split("\n")
    .map((line) => parseJson(Buffer.from(line)))
    .filter(isJsonObject);
}

async function isOver(store: Store, path: string, owner: unknown): Promise<boolean> {
  const gone = isJsonObject(owner) ? await isOwnerGone(owner) : undefined;
  if (gone !== undefined) return gone;
  const stats = await ifPresent(lstat(path));
  return stats === undefined || (await fileClock(store)) - stats.mtimeMs > longestMs;
}
