import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { commandLine } from "./command-line.ts";

/** A `greentic-dist dev` that has said where it listens. Disposing of it stops it. */
export interface DevProcess extends AsyncDisposable {
  /** The first line of stdout. */
  readonly firstLine: string;
  /** What it listens on: the first line, or what stands in it with `--json`. */
  readonly url: string;
  /** Sends a signal and waits for the end. */
  readonly stop: (signal: NodeJS.Signals) => Promise<DevOutcome>;
  /** The most memory that it has had, as Linux counts it. */
  readonly peakBytes: () => Promise<number>;
}

/** How it ended. */
export interface DevOutcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** What came after the first line. */
  readonly stdout: readonly string[];
}

/** Starts `greentic-dist dev` in a process of its own. */
export async function startDev(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DevProcess> {
  const [program, ...words] = commandLine();
  const child = spawn(program, [...words, "dev", ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const stderr = text(child.stderr);
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on("line", (line) => lines.push(line));
  await Promise.race([once(reader, "line"), ended]);
  const [firstLine] = lines;
  if (firstLine === undefined) throw new Error(`greentic-dist dev did not start: ${await stderr}`);
  const stop = async (signal: NodeJS.Signals): Promise<DevOutcome> => {
    child.kill(signal);
    const [code, endSignal] = await ended;
    return { code, signal: endSignal, stderr: await stderr, stdout: lines.slice(1) };
  };
  return {
    firstLine,
    url: firstLine.startsWith("{") ? (JSON.parse(firstLine) as { url: string }).url : firstLine,
    stop,
    async peakBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGTERM");
    },
  };
}
