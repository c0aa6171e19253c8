import { spawn } from "node:child_process";
import { once } from "node:events";

/** A command line to measure, and what is done before each run of it. */
export interface Case {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  readonly prepare?: (() => Promise<void>) | undefined;
}

/** Wall time of whole processes, in milliseconds: the median of all runs, and the fastest and slowest. */
export interface Figure {
  readonly name: string;
  readonly medianMs: number;
  readonly spreadMs: readonly [fastest: number, slowest: number];
}

/** Runs the cases in turn (A B A B …), so that what else the machine does hits all alike; the first turn warms up. */
export async function measure(cases: readonly Case[], turns: number): Promise<readonly Figure[]> {
  const times = new Map<Case, number[]>(cases.map((one) => [one, []]));
  for (let turn = 0; turn <= turns; turn++) {
    for (const one of cases) {
      await one.prepare?.();
      const time = await timeOf(one);
      if (turn > 0) times.get(one)?.push(time);
    }
  }
  return cases.map((one) => figureOf(one.name, times.get(one) ?? []));
}

async function timeOf({ name, command: [program, ...args] }: Case): Promise<number> {
  const start = performance.now();
  const child = spawn(program, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${name} failed: ${[program, ...args].join(" ")}`);
  return performance.now() - start;
}

function figureOf(name: string, times: readonly number[]): Figure {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const medianMs =
    ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { name, medianMs, spreadMs: [sorted.at(0) ?? Number.NaN, sorted.at(-1) ?? Number.NaN] };
}

/** Prints figures as a table; the first is what the others are compared with. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  const [base] = figures;
  const rows = figures.map(({ name, medianMs, spreadMs: [fastest, slowest] }) => [
    name,
    medianMs.toFixed(0),
    `${fastest.toFixed(0)}–${slowest.toFixed(0)}`,
    (medianMs / (base?.medianMs ?? Number.NaN)).toFixed(2),
  ]);
  const table = [["", "median ms", "spread", "ratio"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of table) {
    const cells = row.map((cell, column) => cell[column === 0 ? "padEnd" : "padStart"](widths[column] ?? 0));
    console.log(`  ${cells.join("  ")}`);
  }
}
