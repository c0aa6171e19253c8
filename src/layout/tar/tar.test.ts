import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf } from "../../../test/support/artifacts.ts";
import { writeFiles } from "../../../test/support/layout.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { isDistError } from "../../core/index.ts";
import type { ByteSource } from "../../verify/index.ts";
import { streamInput } from "../byte-input.ts";
import { readTar } from "./read-tar.ts";
import { encodeHeader } from "./tar-header.ts";
import { writeTar } from "./write-tar.ts";

const run = promisify(execFile);

async function* chunked(bytes: Uint8Array, size: number): ByteSource {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function bytesFrom(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function tarOf(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const entries = [...files].map(([name, bytes]) => {
    return { name, size: bytes.length, open: () => chunked(bytes, 4096) };
  });
  return bytesFrom(writeTar(entries));
}

async function filesOf(archive: Uint8Array, chunkSize = 65_536): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const input = streamInput(chunked(archive, chunkSize)[Symbol.asyncIterator]());
  for await (const { name, bytes } of readTar(input, "a.tar")) files.set(name, await bytesFrom(bytes));
  return files;
}

test("what is written is read again, however the bytes come", async () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,8}(?:\/[a-z0-9]{1,8}){0,3}$/);
  const files = fc.dictionary(name, fc.uint8Array({ maxLength: 2000 }), { maxKeys: 6 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 1500 }), async (dictionary, chunkSize) => {
      const entries = Object.entries(dictionary);
      const isFolder = ([one]: (typeof entries)[number]) =>
        entries.some(([other]) => other.startsWith(`${one}/`));
      const wanted = new Map(entries.filter((entry) => !isFolder(entry)));
      const found = await filesOf(await tarOf(wanted), chunkSize);
      expect(new Map([...found].map(([key, bytes]) => [key, new Uint8Array(bytes)]))).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});

test("every byte of a header counts: one that is changed is refused, or means the same", async () => {
  const bytes = bytesOf(700, "tar");
  const archive = await tarOf(new Map([["blobs/a", bytes]]));
  const meansTheSame: number[] = [];
  for (let at = 0; at < 512; at++) {
    const changed = Buffer.from(archive);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    const found = await filesOf(changed).catch((error: unknown) => {
      if (isDistError(error, "INVALID_INPUT")) return undefined;
      throw error;
    });
    if (found === undefined) continue;
    expect(found).toEqual(new Map([["blobs/a", Buffer.from(bytes)]]));
    meansTheSame.push(at);
  }
  // A space where a NUL ends the checksum, and the other way round.
  expect(meansTheSame.filter((at) => at < 148 || at > 155)).toEqual([]);
});

test("an archive that is cut off anywhere is refused", async () => {
  const archive = await tarOf(
    new Map([
      ["a", bytesOf(700, "a")],
      ["b", bytesOf(10, "b")],
    ]),
  );
  for (let end = 0; end < archive.length; end += 7) {
    const cut = filesOf(archive.subarray(0, end));
    await expect(cut, `cut at ${end}`).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
});

test("GNU tar reads what is written", async () => {
  await using dir = await tempDir();
  const files = new Map([
    ["oci-layout", bytesOf(30, 1)],
    ["blobs/sha256/a", bytesOf(5000, 2)],
  ]);
  await writeFile(join(dir.path, "a.tar"), await tarOf(files));
  await run("tar", ["-xf", "a.tar"], { cwd: dir.path });
  for (const [name, bytes] of files) expect(await readFile(join(dir.path, name))).toEqual(Buffer.from(bytes));
  expect(await readdir(dir.path)).toEqual(["a.tar", "blobs", "oci-layout"]);
});

test.each(["gnu", "pax", "ustar"])("what GNU tar writes in its format %s is read", async (format) => {
  await using dir = await tempDir();
  const files = new Map([
    ["oci-layout", bytesOf(30, 1)],
    ["blobs/sha256/a", bytesOf(5000, 2)],
  ]);
  await writeFiles(join(dir.path, "in"), files);
  await mkdir(join(dir.path, "in/empty"));
  await run("tar", [`--format=${format}`, "-cf", "a.tar", "-C", "in", "."], { cwd: dir.path });
  const found = await filesOf(await readFile(join(dir.path, "a.tar")));
  expect(found.size).toBe(2);
  for (const [name, bytes] of files) expect(found.get(name)).toEqual(Buffer.from(bytes));
});

test("a file of 8 GiB and more has its size in a pax header, which is read", async () => {
  const size = 2 ** 33 + 5;
  const entry = { name: "large", size, open: () => chunked(new Uint8Array(0), 1) };
  const head: Buffer[] = [];
  await expect(async () => {
    for await (const chunk of writeTar([entry])) head.push(Buffer.from(chunk));
  }).rejects.toThrow("expected 8589934597");
  const input = streamInput(chunked(Buffer.concat(head), 512)[Symbol.asyncIterator]());
  expect((await readTar(input, "a.tar").next()).value).toMatchObject({ name: "large", size });
});

test("a size in 256s, as GNU tar writes it, is read", async () => {
  const header = Buffer.from(encodeHeader({ name: "large", type: "0", size: 0 }));
  header.fill(0, 124, 136);
  header.writeUInt8(0x80, 124);
  header.writeUInt32BE(2, 124 + 4);
  header.fill(" ", 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const input = streamInput(chunked(header, 512)[Symbol.asyncIterator]());
  expect((await readTar(input, "a.tar").next()).value).toMatchObject({ size: 2 ** 33 });
});
