import { expect, test } from "vitest";
import { seededRandom } from "../../../test/support/fuzzed-responses.ts";
import { BufferPool } from "./buffer-pool.ts";
import { Inbox } from "./inbox.ts";

/** A prime, so that what is read tells where it was written. */
const period = 251;

test("hands bytes out in the order in which they came, from a few buffers that are used again", () => {
  const inbox = new Inbox(new BufferPool());
  const random = seededRandom(1);
  const memory = new Set<ArrayBufferLike>();
  let written = 0;
  let read = 0;
  const wrongAt: number[] = [];
  while (written < 50_000_000) {
    while (!inbox.isFull && random() < 0.9) {
      const room = inbox.room();
      memory.add(room.buffer);
      const size = Math.ceil(random() * random() * room.length);
      room.fill(pattern(written), 0, size);
      inbox.filled(size);
      written += size;
    }
    const taken = inbox.view().subarray(0, Math.ceil(random() * 1_500_000));
    if (!taken.equals(Buffer.alloc(taken.length, pattern(read)))) wrongAt.push(read);
    inbox.consume(taken.length);
    read += taken.length;
  }
  expect(wrongAt).toEqual([]);
  expect(memory.size).toBeLessThanOrEqual(4);
});

test("gives its memory to the next one when it is disposed", () => {
  const pool = new BufferPool();
  const first = new Inbox(pool);
  first.filled(first.room().length);
  const large = first.room().buffer;
  first.dispose();
  const second = new Inbox(pool);
  second.filled(second.room().length);
  expect(second.room().buffer).toBe(large);
});

function pattern(offset: number): Buffer {
  return Buffer.from(Array.from({ length: period }, (_, index) => (offset + index) % period));
}
