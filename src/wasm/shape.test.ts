import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { smallComponent } from "../../test/support/artifacts.ts";
import { tempDir } from "../../test/support/temp-dir.ts";
import { type Shape, shapeHeadBytes, sniffShape } from "./shape.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const padded = (...head: number[]): Uint8Array =>
  Uint8Array.from({ length: 600 }, (_, i) => head[i] ?? i % 251);

test.each<[string, Shape, Uint8Array, number]>([
  ["a zip archive", "zip", padded(0x50, 0x4b, 0x03, 0x04), 4],
  ["an empty zip archive", "zip", padded(0x50, 0x4b, 0x05, 0x06), 4],
  ["a part of a zip archive", "zip", padded(0x50, 0x4b, 0x07, 0x08), 4],
  ["what gzip writes", "gzip", gzipSync("text"), 3],
  ["a zstd frame", "zstd", padded(0x28, 0xb5, 0x2f, 0xfd), 4],
  ["a squashfs image", "squashfs", padded(0x68, 0x73, 0x71, 0x73), 4],
  ["a component", "component", smallComponent, 8],
  ["a component of a later version", "component", padded(0, 0x61, 0x73, 0x6d, 1, 0, 1, 0), 8],
  ["a core module", "module", padded(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 8],
  ["a JSON object", "json", text('{"a": 1}'), 1],
  ["a JSON array after spaces", "json", text(" \t\r\n[1]"), 5],
  ["JSON of many bytes to a character", "json", text(`{"${"é€😀".repeat(200)}": 1}`), 1],
])("sees that %s is %s, once there are enough bytes", (_what, shape, bytes, enough) => {
  for (let length = 0; length <= bytes.length; length++) {
    expect([length, sniffShape(bytes.subarray(0, length))]).toEqual([
      length,
      length < enough ? "unknown" : shape,
    ]);
  }
});

test.each(["v7", "ustar", "gnu", "pax", "oldgnu"])(
  "knows what tar writes in its %s format",
  async (format) => {
    await using dir = await tempDir();
    const path = join(dir.path, `${"n".repeat(60)}.txt`);
    writeFileSync(path, "content");
    const archive = execFileSync("tar", [`--format=${format}`, "-cf", "-", "-C", dir.path, "."]);
    expect(sniffShape(archive)).toBe("tar");
    expect(sniffShape(archive.subarray(0, shapeHeadBytes))).toBe("tar");
    expect(sniffShape(archive.subarray(0, shapeHeadBytes - 1))).toBe("unknown");
  },
);

test("does not take an old tar header whose sum is wrong", () => {
  const archive = execFileSync("tar", ["--format=v7", "-cf", "-", "-C", import.meta.dirname, "shape.ts"]);
  archive[0]!++;
  expect(sniffShape(archive)).toBe("unknown");
});

test.each<[string, Uint8Array]>([
  ["nothing", new Uint8Array()],
  ["zeros", new Uint8Array(1024)],
  ["spaces", text(" ".repeat(1024))],
  ["text", text("hello")],
  ["a JSON string", text('"text"')],
  ["a brace before bytes that are not UTF-8", Uint8Array.of(0x7b, 0xff, 0xfe)],
  ["a brace before control characters", text("{\0")],
  ["a byte order mark before a brace", text("\ufeff{}")],
  ["WebAssembly of another layer", padded(0, 0x61, 0x73, 0x6d, 1, 0, 2, 0)],
])("knows no shape for %s", (_what, bytes) => {
  expect(sniffShape(bytes)).toBe("unknown");
});
