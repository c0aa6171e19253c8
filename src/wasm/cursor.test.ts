import { expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { Cursor } from "./cursor.ts";

const over = (...bytes: number[]): Cursor => new Cursor(Uint8Array.from(bytes), 100);

test.each<[number[], number]>([
  [[0x00], 0],
  [[0x7f], 127],
  [[0x80, 0x01], 128],
  [[0xe5, 0x8e, 0x26], 624_485],
  [[0xff, 0xff, 0xff, 0xff, 0x0f], 4_294_967_295],
  [[0x80, 0x80, 0x80, 0x80, 0x00], 0], // padded, as linkers do
])("reads %j as a number of 32 bits", (bytes, value) => {
  const cursor = over(...bytes, 0xaa);
  expect(cursor.u32()).toBe(value);
  expect(cursor.position).toBe(100 + bytes.length);
});

test.each<[number[], string]>([
  [[], "expected another byte, got the end"],
  [[0x80], "expected another byte, got the end"],
  [[0xff, 0xff, 0xff, 0xff, 0x1f], "at most 32 bits"],
  [[0x80, 0x80, 0x80, 0x80, 0x10], "at most 32 bits"],
  [[0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "at most 32 bits"],
])("refuses %j as a number of 32 bits", (bytes, why) => {
  const error = thrownBy(() => over(...bytes).u32());
  expect(error).toMatchObject({ code: "UNUSABLE_ARTIFACT", message: expect.stringContaining(why) });
  expect(error.message).toMatch(/^the WebAssembly binary is malformed at byte 10\d: /);
});

test("reads a number of 64 bits in ten bytes, and no larger one", () => {
  const most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  expect(over(...most, 0x01).unsigned(64)).toBe(2 ** 64);
  expect(thrownBy(() => over(...most, 0x02).unsigned(64)).code).toBe("UNUSABLE_ARTIFACT");
  expect(thrownBy(() => over(...most, 0x81, 0x00).unsigned(64)).code).toBe("UNUSABLE_ARTIFACT");
});

test("reads names as they are, byte order mark and control characters included", () => {
  const bytes = new TextEncoder().encode("\ufeffé\0😀");
  const cursor = over(bytes.length, ...bytes);
  expect(cursor.name()).toBe("\ufeffé\0😀");
  expect(cursor.isAtEnd).toBe(true);
});

test.each<[string, number[], string]>([
  ["is cut", [3, 0x61, 0x62], "expected a name of 3 bytes, got the end"],
  ["is over the limit", [0xa1, 0x8d, 0x06], "at most 100000 bytes, got 100001"],
  ["is no UTF-8", [2, 0xc0, 0x80], "in UTF-8"],
  ["has half a surrogate pair", [3, 0xed, 0xa0, 0x80], "in UTF-8"],
])("refuses a name that %s", (_what, bytes, why) => {
  expect(thrownBy(() => over(...bytes).name()).message).toContain(why);
});
