/** What one run took. */
export interface Sample {
  readonly wallMs: number;
  /** The same and, where the program does not sync its files, the `sync -d` of them. */
  readonly syncedMs: number;
  /** Of all cores; not known of a part of a process. */
  readonly cpuMs?: number | undefined;
  readonly peakBytes?: number | undefined;
}

/** What contenders are compared by: time, with their files synced, or peak memory. */
export type Figure = "time" | "memory";

/** The figure of each of these samples: in milliseconds, or in bytes. */
export function figuresOf(samples: readonly Sample[], figure: Figure): readonly number[] {
  return samples.map((one) => (figure === "time" ? one.syncedMs : (one.peakBytes ?? Number.NaN)));
}

/** Something that is measured. */
export interface Contender {
  readonly name: string;
  /**
   * Runs it once.
   * @param isFirst whether nobody has run yet; then it may look closer at what came out
   */
  readonly run: (isFirst: boolean) => Promise<Sample>;
}

/** What became of a contender. */
export interface Measured {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Why it was run no further. */
  readonly failure?: string | undefined;
}

/** How {@link measure} goes about it. */
export interface Rounds {
  /** How often each contender is measured. */
  readonly rounds: number;
  /** Whether a round goes before them that is not counted. */
  readonly warmUp: boolean;
  /** Is told of each round before it begins; the one that is not counted is 0. */
  readonly onRound: (round: number) => void;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

/**
 * Runs the contenders in turn (A B A B …), so that what else the machine does hits all alike. Who fails is left out from
 * then on.
 */
export async function measure(
  contenders: readonly Contender[],
  { rounds, warmUp, onRound, signal }: Rounds,
): Promise<readonly Measured[]> {
  const all = contenders.map(({ name, run }) => {
    const samples: Sample[] = [];
    return { name, run, samples, failure: undefined as string | undefined };
  });
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    onRound(round);
    for (const one of all) {
      if (one.failure !== undefined) continue;
      try {
        const sample = await one.run(round === (warmUp ? 0 : 1));
        if (round > 0) one.samples.push(sample);
      } catch (error) {
        one.failure = error instanceof Error ? error.message : String(error);
      }
      signal.throwIfAborted();
    }
  }
  return all.map(({ name, samples, failure }) => ({ name, samples, failure }));
}

/** What many values come to. */
export interface Summary {
  readonly median: number;
  readonly fastest: number;
  /** Between these lies the middle half of them. */
  readonly quartiles: readonly [lower: number, upper: number];
}

/** Sums values up; quartiles and median are interpolated. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    if (below === undefined || above === undefined) return Number.NaN;
    return below + (above - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), fastest: at(0), quartiles: [at(0.25), at(0.75)] };
}
