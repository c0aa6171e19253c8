import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFile } from "../../cache/index.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { createDigestMemo, type DigestMemo } from "./digest-memo.ts";

/** Asks for the digest of the file at `path`; `hashed` runs when its bytes were read for it. */
async function digestIn(memo: DigestMemo, path: string, hashed: () => unknown): Promise<string> {
  await using file = (await openFile(path))!;
  const digest = async () => {
    const read = await file.digest();
    await hashed();
    return read;
  };
  return await memo.digestOf(path, { ...file, digest });
}

test("reads a file once for as long as it does not change, however many ask", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.wasm");
  let hashed = 0;
  const count = (): void => {
    hashed += 1;
  };
  const memo = createDigestMemo();
  await writeFile(path, "one");
  const digests = await Promise.all([1, 2, 3, 4].map(() => digestIn(memo, path, count)));
  expect(new Set([...digests, await digestIn(memo, path, count)]).size).toBe(1);
  expect(hashed).toBe(1);

  await writeFile(path, "two");
  expect(await digestIn(memo, path, count)).not.toBe(digests[0]);
  expect(hashed).toBe(2);

  memo.keep(new Set());
  await digestIn(memo, path, count);
  expect(hashed).toBe(3);
});

test("gives no digest of a file that is written to meanwhile", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "a.wasm");
  await writeFile(path, "one");
  const write = (): Promise<void> => writeFile(path, "one and more");
  expect(await rejectionOf(digestIn(createDigestMemo(), path, write))).toMatchObject({ code: "IO" });
});
