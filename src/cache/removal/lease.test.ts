import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { digestFromHex } from "../../core/index.ts";
import { prepareStore } from "../publishing/prepare.ts";
import { createStore } from "../store.ts";
import { openLease } from "./lease.ts";

test("a lease that is given up while it grows leaves nothing", async () => {
  await using dir = await tempDir();
  const store = createStore(dir.path, () => 0);
  await prepareStore(store);
  const digest = digestFromHex("ab".repeat(32));
  if (digest === undefined) throw new Error("no digest");
  for (const turns of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
    const lease = await openLease(store, []);
    const adding = lease.add([digest]);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await lease[Symbol.asyncDispose]();
    await adding;
    expect(await readdir(store.leases)).toEqual([]);
  }
});
