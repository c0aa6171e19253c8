import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openDeadline } from "./deadline.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a deadline passes when its time is over, and not before", () => {
  const deadline = openDeadline(100, undefined);
  vi.advanceTimersByTime(99);
  expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([false, false]);
  vi.advanceTimersByTime(1);
  expect([deadline.hasPassed, deadline.signal.aborted]).toEqual([true, true]);
});

test("a deadline that is extended begins anew", () => {
  const deadline = openDeadline(100, undefined);
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(99);
    deadline.extend();
  }
  expect(deadline.hasPassed).toBe(false);
  vi.advanceTimersByTime(100);
  expect(deadline.hasPassed).toBe(true);
});

test("the caller's signal stops the work, and is not the time", () => {
  const caller = new AbortController();
  const deadline = openDeadline(100, caller.signal);
  caller.abort(new Error("enough"));
  expect(deadline.signal.reason).toBe(caller.signal.reason);
  expect(deadline.hasPassed).toBe(false);
});

test("a deadline that is closed leaves nothing behind", () => {
  const caller = new AbortController();
  const deadline = openDeadline(100, caller.signal);
  deadline.close();
  caller.abort();
  expect(vi.getTimerCount()).toBe(0);
  expect(deadline.signal.aborted).toBe(false);
});
