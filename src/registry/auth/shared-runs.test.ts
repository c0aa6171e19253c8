import { describe, expect, it, vi } from "vitest";
import { createSharedRuns } from "./shared-runs.ts";

/** A run that ends when told to, and notes whether it was stopped. */
function gate(): {
  start: (signal: AbortSignal) => Promise<string>;
  open: () => void;
  runs: () => number;
  stopped: () => boolean;
} {
  let runs = 0;
  let signal: AbortSignal | undefined;
  let open: (() => void) | undefined;
  const start = (given: AbortSignal): Promise<string> => {
    runs += 1;
    signal = given;
    return new Promise((resolve) => {
      open = () => resolve(`run ${runs}`);
    });
  };
  return { start, open: () => open?.(), runs: () => runs, stopped: () => signal?.aborted === true };
}

describe("createSharedRuns", () => {
  it("runs once for all that ask at the same time, and again later", async () => {
    const share = createSharedRuns<string>();
    const { start, open, runs } = gate();
    const both = Promise.all([share("key", start, undefined), share("key", start, undefined)]);
    open();
    expect(await both).toEqual(["run 1", "run 1"]);
    const later = share("key", start, undefined);
    open();
    expect(await later).toBe("run 2");
    expect(runs()).toBe(2);
  });

  it("lets one caller leave without disturbing the others", async () => {
    const share = createSharedRuns<string>();
    const { start, open, stopped } = gate();
    const leaver = new AbortController();
    const leaving = share("key", start, leaver.signal);
    const staying = share("key", start, undefined);
    leaver.abort();
    await expect(leaving).rejects.toMatchObject({ code: "ABORTED" });
    expect(stopped()).toBe(false);
    open();
    expect(await staying).toBe("run 1");
  });

  it("stops the run when the last caller has left, and starts a new one for the next", async () => {
    const share = createSharedRuns<string>();
    const { start, open, stopped, runs } = gate();
    const leaver = new AbortController();
    const leaving = share("key", start, leaver.signal);
    leaver.abort();
    await expect(leaving).rejects.toMatchObject({ code: "ABORTED" });
    expect(stopped()).toBe(true);
    const next = share("key", start, undefined);
    open();
    expect(await next).toBe("run 2");
    expect(runs()).toBe(2);
  });

  it("fails all callers alike, and starts nothing for one that has left already", async () => {
    const share = createSharedRuns<string>();
    const fail = vi.fn<() => Promise<string>>(() => Promise.reject(new Error("no")));
    const both = await Promise.allSettled([share("key", fail, undefined), share("key", fail, undefined)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(fail).toHaveBeenCalledOnce();
    const { start, runs } = gate();
    await expect(share("key", start, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
    expect(runs()).toBe(0);
  });
});
