import { expect, test } from "vitest";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { createLanes } from "./create-lanes.ts";

test("four things are done at once, the others in their order, and who is stopped while it waits is passed over", async () => {
  const lanes = createLanes();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (n: number) => () => {
    begun.push(n);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const stop = new AbortController();
  const first = [0, 1, 2, 3].map((n) => lanes(work(n), undefined));
  const stopped = lanes(work(4), stop.signal);
  const last = [5, 6].map((n) => lanes(work(n), undefined));
  stop.abort();
  expect(await rejectionOf(stopped)).toMatchObject({ code: "ABORTED" });
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[0]?.();
  await first[0];
  await expect.poll(() => begun).toEqual([0, 1, 2, 3, 5]);
  for (const end of ends) end();
  await Promise.all(first);
  await expect.poll(() => begun).toEqual([0, 1, 2, 3, 5, 6]);
  for (const end of ends) end();
  await Promise.all(last);
});

test("what fails makes room", async () => {
  const lanes = createLanes();
  const failing = Array.from({ length: 9 }, () =>
    lanes(() => Promise.reject(new TypeError("no")), undefined),
  );
  await Promise.allSettled(failing);
  expect(await lanes(async () => "done", undefined)).toBe("done");
});
