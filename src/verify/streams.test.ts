import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../test/support/artifacts.ts";
import { rejectionOf } from "../../test/support/thrown.ts";
import { isDistError, parseDigest } from "../core/index.ts";
import { type ByteSource, verified, verifyInto, type VerifyIntoOptions } from "./streams.ts";
import type { Expected, Measured } from "./verifier.ts";

const bytes = bytesOf(1000, "streams");
const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
const right: Expected = { reference: "ghcr.io/acme/hello", digest, size: 1000, maxBytes: 1000 };

/** `all` in pieces of these lengths, and the rest. */
function split(all: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
  return [0, ...ends].map((start, i) => all.subarray(start, ends[i] ?? all.length));
}

async function* sourceOf(chunks: readonly Uint8Array[]): ByteSource {
  for (const chunk of chunks) yield chunk;
}

/** Every chunk in the same memory, as the wire hands them out: the last one is overwritten when the next is asked for. */
async function* borrowed(chunks: readonly Uint8Array[]): ByteSource {
  const memory = new Uint8Array(Math.max(...chunks.map(({ length }) => length)));
  for (const chunk of chunks) {
    memory.set(chunk);
    yield memory.subarray(0, chunk.length);
    memory.fill(0xee);
  }
}

/** Runs `verifyInto` and keeps what was written, by where it was said to belong. */
async function collect(
  source: ByteSource,
  expected: Expected,
  options?: VerifyIntoOptions,
): Promise<{ readonly measured: Measured; readonly written: Uint8Array }> {
  const written = new Uint8Array(2000);
  const write = async (chunk: Uint8Array, position: number): Promise<void> => {
    await Promise.resolve();
    written.set(chunk, position);
  };
  const measured = await verifyInto(source, expected, write, options);
  return { measured, written: written.subarray(0, measured.size) };
}

const lengths = fc
  .array(fc.nat(300), { maxLength: 12 })
  .filter((all) => all.reduce((a, b) => a + b, 0) <= 1000);

describe("verifyInto", () => {
  test("writes the same bytes and measures the same, however they are split", async () => {
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom(sourceOf, borrowed), async (pieces, source) => {
        const { measured, written } = await collect(source(split(bytes, pieces)), right);
        expect(measured).toEqual({ digest, size: 1000 });
        expect(Buffer.compare(written, bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("refuses bytes with one flipped, cut off or added, however they are split", async () => {
    const damage = fc.oneof(
      fc.nat(999).map((at) => ({
        code: "DIGEST_MISMATCH",
        damaged: bytes.map((byte, i) => (i === at ? byte ^ 0x80 : byte)),
      })),
      fc.nat(999).map((end) => ({ code: "SIZE_MISMATCH", damaged: bytes.subarray(0, end) })),
      fc
        .integer({ min: 1, max: 500 })
        .map((n) => ({ code: "SIZE_MISMATCH", damaged: Buffer.concat([bytes, new Uint8Array(n)]) })),
    );
    await fc.assert(
      fc.asyncProperty(lengths, damage, async (pieces, { code, damaged }) => {
        const error = await rejectionOf(
          collect(sourceOf(split(damaged, pieces)), { ...right, maxBytes: 5000 }),
        );
        expect(error.code).toBe(code);
      }),
      { numRuns: 300 },
    );
  });

  test("asks for the next chunk only when the last one is written", async () => {
    const log: string[] = [];
    async function* source(): ByteSource {
      for (const chunk of split(bytes, [400, 300])) {
        log.push("asked");
        yield chunk;
      }
    }
    const write = async (chunk: Uint8Array, position: number): Promise<void> => {
      log.push(`begun ${position}`);
      await new Promise((done) => setImmediate(done));
      log.push(`written ${position + chunk.length}`);
    };
    await verifyInto(source(), right, write, { onProgress: (received) => log.push(`progress ${received}`) });
    expect(log.join("; ")).toBe(
      "asked; begun 0; written 400; progress 400; " +
        "asked; begun 400; written 700; progress 700; " +
        "asked; begun 700; written 1000; progress 1000",
    );
  });

  test("waits for a write that is under way before it refuses the bytes", async () => {
    let isWritten = false;
    const write = async (): Promise<void> => {
      await new Promise((done) => setImmediate(done));
      isWritten = true;
    };
    const error = await rejectionOf(verifyInto(sourceOf([bytes, bytes]), right, write));
    expect(error.code).toBe("SIZE_MISMATCH");
    expect(isWritten).toBe(true);
  });

  test("lets go of the source when the bytes are refused, and reads no further", async () => {
    const log: string[] = [];
    async function* endless(): ByteSource {
      try {
        for (;;) {
          log.push("asked");
          yield bytes.subarray(0, 600);
        }
      } finally {
        log.push("let go");
      }
    }
    expect((await rejectionOf(collect(endless(), right))).code).toBe("SIZE_MISMATCH");
    expect(log).toEqual(["asked", "asked", "let go"]);
  });

  test("stops at the limit when no size is known", async () => {
    const expected = { reference: "a", maxBytes: 999 };
    expect((await rejectionOf(collect(sourceOf([bytes]), expected))).code).toBe("SIZE_MISMATCH");
  });

  test("does not begin to read when what is promised is over the limit", async () => {
    let isAsked = false;
    async function* source(): ByteSource {
      isAsked = true;
      yield bytes;
    }
    const error = await rejectionOf(collect(source(), { ...right, maxBytes: 999 }));
    expect(error.code).toBe("SIZE_MISMATCH");
    expect(isAsked).toBe(false);
  });

  test("stops between two chunks when it is aborted, and lets go of the source", async () => {
    const stop = new AbortController();
    const log: string[] = [];
    async function* source(): ByteSource {
      try {
        for (const chunk of split(bytes, [400, 300])) yield chunk;
      } finally {
        log.push("let go");
      }
    }
    const onProgress = (received: number): void => {
      log.push(`progress ${received}`);
      stop.abort(new Error("enough"));
    };
    const error = await rejectionOf(collect(source(), right, { signal: stop.signal, onProgress }));
    expect(error).toMatchObject({ code: "ABORTED", cause: new Error("enough") });
    expect(log).toEqual(["progress 400", "let go"]);
  });

  test("does not accept bytes when it is aborted after the last one", async () => {
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    expect((await rejectionOf(collect(sourceOf([bytes]), right, options))).code).toBe("ABORTED");
  });

  test("writes nothing when it was aborted before", async () => {
    let isWritten = false;
    const write = (): Promise<void> => {
      isWritten = true;
      return Promise.resolve();
    };
    const run = verifyInto(sourceOf([bytes]), right, write, { signal: AbortSignal.abort() });
    expect((await rejectionOf(run)).code).toBe("ABORTED");
    expect(isWritten).toBe(false);
  });

  test("fails as the source does", async () => {
    const failure = new Error("connection reset");
    async function* source(): ByteSource {
      yield bytes.subarray(0, 10);
      throw failure;
    }
    await expect(collect(source(), right)).rejects.toBe(failure);
  });

  test("fails as the writing does, also when the bytes are wrong too", async () => {
    const failure = new Error("disk full");
    const write = (): Promise<void> => Promise.reject(failure);
    await expect(verifyInto(sourceOf([bytes]), right, write)).rejects.toBe(failure);
    await expect(verifyInto(sourceOf([Buffer.concat([bytes, bytes])]), right, write)).rejects.toBe(failure);
  });

  test("accepts a source without chunks, and with empty ones, when nothing is expected", async () => {
    const nothing = { reference: "a", size: 0, maxBytes: 0 };
    expect((await collect(sourceOf([]), nothing)).measured.size).toBe(0);
    expect((await collect(sourceOf([new Uint8Array(), new Uint8Array()]), nothing)).measured.size).toBe(0);
  });
});

/** All that could be read, and how the reading ended. */
async function drain(
  source: ByteSource,
): Promise<{ readonly read: number; readonly code: string | undefined }> {
  let read = 0;
  try {
    for await (const chunk of source) read += chunk.length;
  } catch (error) {
    if (!isDistError(error)) throw error;
    return { read, code: error.code };
  }
  return { read, code: undefined };
}

describe("verified", () => {
  test("hands on the same bytes, and ends as they do", async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of verified(borrowed(split(bytes, [400, 300])), right)) chunks.push(chunk.slice());
    expect(Buffer.compare(Buffer.concat(chunks), bytes)).toBe(0);
  });

  test("fails at the end when the bytes were not the right ones", async () => {
    const wrong = bytesOf(1000, "wrong");
    expect(await drain(verified(sourceOf([wrong]), right))).toEqual({ read: 1000, code: "DIGEST_MISMATCH" });
    const short = bytes.subarray(0, 999);
    expect(await drain(verified(sourceOf([short]), right))).toEqual({ read: 999, code: "SIZE_MISMATCH" });
  });

  test("does not hand on a chunk that goes over the size", async () => {
    expect(await drain(verified(sourceOf([bytes, bytes]), right))).toEqual({
      read: 1000,
      code: "SIZE_MISMATCH",
    });
  });

  test("lets go of the source when its reader stops early", async () => {
    let isLetGo = false;
    async function* source(): ByteSource {
      try {
        yield* split(bytes, [400]);
      } finally {
        isLetGo = true;
      }
    }
    for await (const chunk of verified(source(), right)) {
      expect(chunk).toHaveLength(400);
      break;
    }
    expect(isLetGo).toBe(true);
  });
});
