import { join } from "node:path";
import { type Digest, isDigest } from "../../core/index.ts";
import { acquireLock } from "../lock/lock.ts";
import { prepareStore } from "../publishing/prepare.ts";
import { readJson } from "../files/read-file.ts";
import { replaceJson } from "../files/replace-file.ts";
import type { Store } from "../store.ts";

/** What must stay in a cache, and what it was called when it was pinned. */
export type Pins = ReadonlyMap<Digest, string>;

/** What is pinned. */
export async function readPins(store: Store): Promise<Pins> {
  const entries = Object.entries((await readJson(pathOf(store))) ?? {});
  return new Map(
    entries.flatMap(([digest, reference]) =>
      isDigest(digest) && typeof reference === "string" ? [[digest, reference] as const] : [],
    ),
  );
}

/** Changes what is pinned; of several at once each sees what the others did. */
export async function changePins(store: Store, change: (pins: Pins) => Pins): Promise<void> {
  await prepareStore(store);
  const lock = await acquireLock(store, "pins");
  try {
    await replaceJson(store, pathOf(store), Object.fromEntries(change(await readPins(store))));
  } finally {
    await lock?.release(false);
  }
}

function pathOf(store: Store): string {
  return join(store.home, "pins.json");
}
