import { expect, test } from "vitest";
import { once } from "./once.ts";

test("work is done once, by all who ask at once, and again only when it failed", async () => {
  let begun = 0;
  const ask = once(async () => {
    begun += 1;
    if (begun === 1) throw new Error("EMFILE");
    return begun;
  });
  const failed = await Promise.allSettled([ask(), ask()]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.all([ask(), ask()])).toEqual([2, 2]);
  expect(await ask()).toBe(2);
});
