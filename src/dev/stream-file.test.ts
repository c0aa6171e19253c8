import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf } from "../../test/support/artifacts.ts";
import { tempDir } from "../../test/support/temp-dir.ts";
import { openFile, type OpenFile } from "../cache/index.ts";
import { streamFile } from "./stream-file.ts";

const bytes = bytesOf(200_000, "stream");

interface World extends AsyncDisposable {
  readonly path: string;
  readonly file: OpenFile;
  readonly isClosed: () => boolean;
}

async function openWorld(): Promise<World> {
  const dir = await tempDir();
  const path = join(dir.path, "file");
  await writeFile(path, bytes);
  const opened = (await openFile(path))!;
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await opened[Symbol.asyncDispose]();
  };
  return {
    path,
    file: { ...opened, [Symbol.asyncDispose]: close },
    isClosed: () => isClosed,
    async [Symbol.asyncDispose]() {
      await close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test.each([
  [0, 200_000],
  [1, 70_000],
  [199_999, 200_000],
  [5, 5],
])("has the bytes from %d to %d, and closes the file at their end", async (start, end) => {
  await using world = await openWorld();
  const read = await new Response(streamFile(world.file, start, end)).arrayBuffer();
  expect(Buffer.from(read).equals(bytes.subarray(start, end))).toBe(true);
  expect(world.isClosed()).toBe(true);
});

test("reads into the buffer that its reader brings", async () => {
  await using world = await openWorld();
  const reader = streamFile(world.file, 0, 150).getReader({ mode: "byob" });
  const seen: Uint8Array[] = [];
  for (let buffer = new ArrayBuffer(100); ;) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    expect(value.buffer.byteLength).toBe(100);
    seen.push(value.slice());
    buffer = value.buffer;
  }
  expect(seen.map(({ length }) => length)).toEqual([100, 50]);
  expect(Buffer.concat(seen).equals(bytes.subarray(0, 150))).toBe(true);
});

test("closes the file when nobody wants the rest", async () => {
  await using world = await openWorld();
  const reader = streamFile(world.file, 0, bytes.length).getReader();
  await reader.read();
  expect(world.isClosed()).toBe(false);
  await reader.cancel();
  expect(world.isClosed()).toBe(true);
});

test("fails, and closes the file, when that has become shorter", async () => {
  await using world = await openWorld();
  const stream = streamFile(world.file, 0, bytes.length);
  await truncate(world.path, 100_000);
  await expect(new Response(stream).arrayBuffer()).rejects.toThrow("the file became shorter");
  expect(world.isClosed()).toBe(true);
});
