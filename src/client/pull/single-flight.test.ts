import { expect, test } from "vitest";
import { digestOf } from "../../../test/support/cache-files.ts";
import { type BroughtBlob, SingleFlight } from "./single-flight.ts";

const brought: BroughtBlob = { blob: { digest: digestOf(""), size: 0, path: "/x" }, fetched: true };

/** A run that goes on until it is told to end, and ends soon after it was stopped. */
function startGate() {
  const runs: AbortSignal[] = [];
  const ended: string[] = [];
  const opens: (() => void)[] = [];
  const start = (signal: AbortSignal): Promise<BroughtBlob> => {
    runs.push(signal);
    return new Promise((resolve, reject) => {
      opens.push(() => resolve(brought));
      signal.addEventListener("abort", () => {
        setTimeout(() => {
          ended.push("stopped");
          reject(new Error("stopped"));
        });
      });
    });
  };
  return { start, runs, ended, open: () => opens.at(-1)?.() };
}

test("calls that want the same share one run; only the one that began it has fetched", async () => {
  const flights = new SingleFlight();
  const { start, runs, open } = startGate();
  const calls = [1, 2, 3].map(() => flights.run("key", start, undefined));
  open();
  expect((await Promise.all(calls)).map(({ fetched }) => fetched)).toEqual([true, false, false]);
  expect(runs).toHaveLength(1);
  const later = flights.run("key", start, undefined);
  open();
  expect((await later).fetched).toBe(true);
  expect(runs).toHaveLength(2);
});

test("a call that leaves does not stop the run, be it the one that began it", async () => {
  const flights = new SingleFlight();
  const { start, runs, open } = startGate();
  const leaver = new AbortController();
  const leaving = flights.run("key", start, leaver.signal);
  const staying = flights.run("key", start, undefined);
  leaver.abort();
  await expect(leaving).rejects.toMatchObject({ code: "ABORTED" });
  expect(runs[0]?.aborted).toBe(false);
  open();
  expect(await staying).toMatchObject({ fetched: false });
});

test("the last call that leaves stops the run and waits for its end; the next one begins anew", async () => {
  const flights = new SingleFlight();
  const { start, runs, ended, open } = startGate();
  const leaver = new AbortController();
  const leaving = flights.run("key", start, leaver.signal);
  leaver.abort(new Error("enough"));
  await expect(leaving).rejects.toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
  expect(ended).toEqual(["stopped"]);
  const next = flights.run("key", start, undefined);
  open();
  expect(await next).toEqual(brought);
  expect(runs).toHaveLength(2);
});

test("a run that fails fails the call that began it; the others try for themselves", async () => {
  const flights = new SingleFlight();
  const first = flights.run("key", () => Promise.reject(new Error("no")), undefined);
  const second = flights.run("key", () => Promise.resolve(brought), undefined);
  await expect(first).rejects.toThrow("no");
  expect(await second).toEqual(brought);
});
