import type { Limit } from "./case.ts";
import { type Measured, type Sample, summaryOf } from "./measure.ts";

/** What came of a {@link Limit}. */
export interface Verdict extends Limit {
  /** The ratio, or the MiB more. Not there, when one of the two was not measured. */
  readonly value?: number | undefined;
  /** Which of those it is compared with was best. */
  readonly best?: string | undefined;
}

const mib = 1024 * 1024;
const figures = {
  time: ({ syncedMs }: Sample): number => syncedMs,
  memory: ({ peakBytes }: Sample): number => peakBytes ?? Number.NaN,
} as const;

/** Compares what was measured with what is required. */
export function verdictOn(limit: Limit, measured: readonly Measured[]): Verdict {
  const medianOf = (name: string): number | undefined => {
    const found = measured.find((one) => one.name === name && one.failure === undefined);
    if (found === undefined) return undefined;
    return summaryOf(found.samples.map(figures[limit.kind])).median;
  };
  const ours = medianOf(limit.of);
  const [first] = limit.against
    .map((name) => ({ name, median: medianOf(name) }))
    .filter((one): one is { name: string; median: number } => one.median !== undefined)
    .toSorted((a, b) => a.median - b.median);
  if (ours === undefined || first === undefined) return limit;
  const value = limit.kind === "time" ? ours / first.median : (ours - first.median) / mib;
  return { ...limit, value, best: first.name };
}
