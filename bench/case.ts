import type { Contender, Figure } from "./measure.ts";
import type { Programs } from "./peers.ts";
import type { Workbench } from "./workbench.ts";

/** What a case is made with. */
export interface Setting {
  readonly workbench: Workbench;
  readonly programs: Programs;
  /** For processes: PATH, and homes in which nobody has set anything up. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether a first impression is enough, of less. */
  readonly isQuick: boolean;
}

/** One question of the bench. */
export interface Case {
  /** As it is given on the command line. */
  readonly name: string;
  readonly title: string;
  /** What it asks under `--quick`, where that is less. Default: the same. */
  readonly quickTitle?: string | undefined;
  /** How often each contender is measured; in a quick run a quarter of it. */
  readonly rounds: number;
  /** What is compared: time, with the files synced, or the peak. Default: time. */
  readonly figure?: Figure | undefined;
  /** Default: true. */
  readonly warmUp?: boolean | undefined;
  readonly contest: (setting: Setting) => Promise<Contest>;
}

/** Who takes part in a case, and what is to come out. */
export interface Contest {
  readonly contenders: readonly Contender[];
  readonly limits: readonly Limit[];
  /** Ends what was started for it. */
  readonly close?: (() => PromiseLike<void>) | undefined;
}

/** What is required of a contender. */
export interface Limit {
  readonly of: string;
  /** The best of those that are there counts. */
  readonly against: readonly string[];
  /** Of times: their ratio. Of memory: the MiB more. */
  readonly atMost: number;
}
