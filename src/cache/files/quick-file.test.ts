import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { QuickFile } from "./quick-file.ts";

test("what is written in small and large pieces is read back the same", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "file");
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
  await using file = await QuickFile.open(path, "wx+", 0o644);
  await file.write(bytes.subarray(0, 1000), 0);
  await file.write(bytes.subarray(1000), 1000);
  await file.sync();
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  expect(Buffer.compare(await file.readAll(), bytes)).toBe(0);
  const piece = Buffer.alloc(200_000);
  expect(await file.read(piece, 0, piece.length, 200_000)).toBe(100_000);
  expect(await file.read(piece, 0, 10, 300_000)).toBe(0);
});

test("more may be asked for than Node reads at once", async () => {
  await using dir = await tempDir();
  await using file = await QuickFile.open(join(dir.path, "file"), "wx+");
  await file.write(Buffer.from("hello"), 0);
  // Memory that nobody writes to takes none.
  const room = new Uint8Array(2 ** 31);
  expect(await file.read(room, 0, room.length, 0)).toBe(5);
});

test("a file that is closed again leaves the one alone that has its number by then", async () => {
  await using dir = await tempDir();
  const first = await QuickFile.open(join(dir.path, "first"), "wx");
  await first.close();
  const second = await QuickFile.open(join(dir.path, "second"), "wx");
  await first.close();
  await expect(first.write(Buffer.from("first"), 0)).rejects.toThrow("closed");
  await second.write(Buffer.from("second"), 0);
  await second.close();
  expect(await readFile(join(dir.path, "second"), "utf8")).toBe("second");
});

test("a file is closed when what is under way has ended", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "file");
  const file = await QuickFile.open(path, "wx");
  const writing = file.write(Buffer.alloc(5_000_000, "x"), 0);
  const syncing = file.sync();
  await Promise.all([writing.catch(() => "cut"), syncing, file.close()]);
  await expect(file.stat()).rejects.toThrow("closed");
});
