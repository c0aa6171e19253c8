import type { Limit } from "./case.ts";
import { type Figure, figuresOf, type Measured, summaryOf } from "./measure.ts";

/** What came of a {@link Limit}. */
export interface Verdict extends Limit {
  /** The ratio, or the MiB more. Not there, when one of the two was not measured. */
  readonly value?: number | undefined;
  /** Which of those it is compared with was best. */
  readonly best?: string | undefined;
}

/** Compares medians with what is required. */
export function verdictOn(limit: Limit, measured: readonly Measured[], figure: Figure): Verdict {
  const medians = new Map(
    measured
      .filter(({ failure }) => failure === undefined)
      .map(({ name, samples }) => [name, summaryOf(figuresOf(samples, figure)).median]),
  );
  const ours = medians.get(limit.of);
  const [best] = limit.against
    .filter((name) => medians.has(name))
    .toSorted((a, b) => medians.get(a)! - medians.get(b)!);
  if (ours === undefined || best === undefined) return limit;
  const theirs = medians.get(best)!;
  return { ...limit, best, value: figure === "time" ? ours / theirs : (ours - theirs) / 1024 / 1024 };
}
