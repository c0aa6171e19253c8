import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../../core/index.ts";
import { removeUnleased } from "./exclusion.ts";
import { ifPresent } from "../files/io-errors.ts";
import { isLeased } from "./is-leased.ts";
import { rename, rm } from "../files/quick-fs.ts";
import { statsAt } from "../files/read-file.ts";
import type { Store } from "../store.ts";
import { announceRemoval, withdrawRemoval } from "./trash.ts";

/** Deletes files, and moves folders to the trash, each in one step; what is not there is passed over. */
export type Condemn = (paths: readonly string[]) => Promise<void>;

/**
 * Does `work`, which takes what it is to remove out of everyone's sight, unless somebody has a lease on one of
 * `digests`; then it empties the trash of it. The only way out of the store. Returns whether it was done.
 * @param isDoomed whether there is still reason to: asked when nobody can be changing it. Default: there is
 */
export async function removeFrom(
  store: Store,
  digests: Iterable<Digest>,
  work: (condemn: Condemn) => Promise<void>,
  isDoomed: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const exclusion = {
    announce: () => announceRemoval(store),
    isLeased: async () => (await isLeased(store, digests)) || !(await isDoomed()),
    withdraw: (removal: string) => withdrawRemoval(store, removal),
  };
  return removeUnleased(exclusion, (removal) =>
    work(async (paths) => {
      for (const path of paths) {
        const aside = join(store.trash, removal, randomUUID());
        const isFolder = statsAt(path)?.isDirectory() === true;
        await ifPresent(isFolder ? rename(path, aside) : rm(path));
      }
    }),
  );
}
