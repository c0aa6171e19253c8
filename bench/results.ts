import { spawnSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import type { Figure, Measured } from "./measure.ts";
import type { Programs } from "./peers.ts";
import type { Verdict } from "./verdict.ts";

/** All that a run of the bench found: what `--json` writes. */
export interface Results {
  readonly machine: Machine;
  /** Versions of the programs that took part, by name. */
  readonly programs: Readonly<Record<string, string>>;
  /** What could not take part. */
  readonly absent: readonly string[];
  readonly cases: readonly CaseResult[];
}

/** What a case came to. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  readonly figure: Figure;
  readonly measured: readonly Measured[];
  readonly verdicts: readonly Verdict[];
  /** Why there is nothing. */
  readonly failure?: string | undefined;
}

/** Where it was measured. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Type of the file system that the bench wrote to. */
  readonly fileSystem: string;
}

/** What is known of this machine. */
export function machineAt(directory: string): Machine {
  const { stdout } = spawnSync("stat", ["-f", "-c", "%T", directory], { encoding: "utf8" });
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    fileSystem: stdout.trim(),
  };
}

/** The versions of what was found. */
export function versionsOf({ ours, peers }: Programs): Readonly<Record<string, string>> {
  return Object.fromEntries([...ours, ...peers.values()].map(({ name, version }) => [name, version]));
}
