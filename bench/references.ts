// How long the slowest hostile reference of each shape takes. Promised: under 5 ms each (docs/security.md).
import { parseReference } from "../src/core/index.ts";
import { hostileReferences } from "../test/support/hostile-references.ts";

const rounds = 20;

/** What parsing took, in milliseconds, fastest first. */
function timesOf(text: string): readonly number[] {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    try {
      parseReference(text, { pathExists: () => false });
    } catch {
      // Most of them are no references; the error is a part of the time.
    }
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b);
}

const rows = [...hostileReferences]
  .map(([shape, text]) => ({ shape, times: timesOf(text) }))
  .map(({ shape, times }) => ({ shape, median: times[rounds / 2] ?? 0, slowest: times[rounds - 1] ?? 0 }))
  .toSorted((a, b) => b.slowest - a.slowest);
console.log("slowest    median    64 KiB of");
for (const { shape, median, slowest } of rows) {
  console.log(`${slowest.toFixed(2).padStart(6)} ms ${median.toFixed(2).padStart(6)} ms  ${shape}`);
}
