import { expect, test } from "vitest";
import { isDistError } from "../core/index.ts";
import type { HttpResponse } from "./http.ts";
import { readBody } from "./read-body.ts";

test("copies chunks, because they are only borrowed", async () => {
  const { response } = responseOf(["abc", "def", "g"]);
  expect(Buffer.from(await readBody(response, 7)).toString()).toBe("abcdefg");
});

test("reads an empty body", async () => {
  expect(await readBody(responseOf([]).response, 0)).toEqual(new Uint8Array());
});

test("refuses a body over the limit while it arrives, and gives the rest up", async () => {
  const { response, state } = responseOf(["abc", "def", "g"]);
  await expect(readBody(response, 5)).rejects.toSatisfy((error) => isDistError(error, "NETWORK"));
  expect(state).toEqual({ read: 2, isGivenUp: true });
});

test("reads nothing of a body that announces more than the limit", async () => {
  const { response, state } = responseOf(["abc", "def"], 6);
  await expect(readBody(response, 5)).rejects.toThrow("expected at most 5 bytes");
  expect(state).toEqual({ read: 0, isGivenUp: true });
});

test("throws what the caller makes of a body over the limit", async () => {
  const error = new Error("this manifest is too large");
  await expect(readBody(responseOf(["abc"]).response, 2, () => error)).rejects.toBe(error);
});

/** A response whose chunks all lie in the same memory, as those of the wire may. */
function responseOf(chunks: readonly string[], length?: number) {
  const state = { read: 0, isGivenUp: false };
  const memory = Buffer.alloc(8);
  async function* iterate() {
    let isWhole = false;
    try {
      for (const chunk of chunks) {
        state.read++;
        memory.fill("#").write(chunk);
        yield memory.subarray(0, chunk.length);
      }
      isWhole = true;
    } finally {
      state.isGivenUp = !isWhole;
    }
  }
  const response: HttpResponse = {
    status: 200,
    header: () => undefined,
    body: { length, delimited: true, [Symbol.asyncIterator]: iterate },
    discard: () => {
      state.isGivenUp = true;
    },
  };
  return { response, state };
}
