import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runCli, type RunOptions, type RunResult } from "./cli.ts";
import { testedNode } from "./command-line.ts";
import { tempDir } from "./temp-dir.ts";

/** What a run of the command asked of the system and of Node, from when Node found its entry. */
export interface Counts {
  /** Files and folders that were opened, there or not. */
  readonly opens: number;
  /** Questions about files: their state, where links lead. */
  readonly stats: number;
  /** Readings of a folder. */
  readonly lists: number;
  /** New names: of files by link or rename, of folders, of links. */
  readonly names: number;
  readonly removals: number;
  /** Changes of modes, times and lengths. */
  readonly changes: number;
  /** Waits for the disk. */
  readonly syncs: number;
  readonly connects: number;
  /** Read from files. */
  readonly bytesRead: number;
  /** Written to files. */
  readonly bytesWritten: number;
  /** Modules of Node that an empty program does not load. */
  readonly builtins: number;
}

type Call = Exclude<keyof Counts, "bytesRead" | "bytesWritten" | "builtins">;

/** Which calls count as what. How often threads wait for each other, and memory is mapped, is different each time. */
const calls: Readonly<Record<Call, readonly string[]>> = {
  opens: ["open", "openat", "creat"],
  stats: ["access", "faccessat2", "fstat", "lstat", "newfstatat", "readlink", "readlinkat", "stat", "statx"],
  lists: ["getdents64"],
  names: ["link", "linkat", "mkdir", "mkdirat", "rename", "renameat2", "symlink", "symlinkat"],
  removals: ["rmdir", "unlink", "unlinkat"],
  changes: ["chmod", "fchmod", "fchmodat", "ftruncate", "utimensat"],
  syncs: ["fdatasync", "fsync", "sync_file_range", "syncfs"],
  connects: ["connect"],
};
const kindOf: ReadonlyMap<string, Call> = new Map(
  Object.entries(calls).flatMap(([kind, names]) => names.map((name) => [name, kind as Call] as const)),
);
const readings: ReadonlySet<string> = new Set(["pread64", "read"]);
const writings: ReadonlySet<string> = new Set(["copy_file_range", "pwrite64", "write"]);

/** Runs the command under strace, and counts. It must succeed. */
export async function countCalls(
  args: readonly string[],
  options: RunOptions,
): Promise<{ readonly result: RunResult; readonly counts: Counts }> {
  await using dir = await tempDir();
  const [log, loaded] = [join(dir.path, "calls"), join(dir.path, "builtins")];
  const traced = [...kindOf.keys(), ...readings, ...writings];
  // Not every architecture has every one of them.
  const filter = `trace=${traced.map((name) => `?${name}`).join(",")}`;
  const result = await runCli(args, {
    ...options,
    through: ["strace", "-f", "-y", "-qq", "-o", log, "-e", filter],
    env: { ...options.env, ...reportBuiltins(loaded) },
  });
  if (result.code !== 0) throw new Error(`${args.join(" ")} failed: ${result.stderr}`);
  const idle = await builtinsOfNothing(options.node ?? testedNode);
  const builtins = (await builtinsIn(loaded)).filter((name) => !idle.includes(name)).length;
  return { result, counts: { ...countLines(await readFile(log, "utf8"), loaded), builtins } };
}

/** What Node does with its own three streams depends on where they lead; libraries ask for the machine when they like. */
const accidental = /^[0-2]<|"\/sys\/|"\/proc\/sys\/vm\//;

/** @param report path of a file that does not count */
function countLines(log: string, report: string): Omit<Counts, "builtins"> {
  const counts = Object.fromEntries(Object.keys(calls).map((kind) => [kind, 0])) as Record<Call, number>;
  let [bytesRead, bytesWritten] = [0, 0];
  let hasBegun = false;
  for (const { name, text, result } of callsIn(log)) {
    hasBegun ||= text.includes("dist/cli/main.cjs");
    if (!hasBegun || result === undefined || text.includes(report) || accidental.test(text)) continue;
    const kind = kindOf.get(name);
    if (kind !== undefined) counts[kind] += 1;
    else if (!/^\d+<\//.test(text)) continue;
    else if (readings.has(name)) bytesRead += Math.max(0, result);
    else bytesWritten += Math.max(0, result);
  }
  return { ...counts, bytesRead, bytesWritten };
}

interface TracedCall {
  readonly name: string;
  /** Its arguments. */
  readonly text: string;
  /** `undefined` when it did not end. */
  readonly result: number | undefined;
}

/** A call during which another thread made one stands in two lines. */
function* callsIn(log: string): Generator<TracedCall> {
  const begun = new Map<string, string>();
  for (const line of log.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) begun.set(thread, unfinished);
    if (unfinished !== undefined) continue;
    const whole = resumed === undefined ? rest : (begun.get(thread) ?? "") + resumed;
    const [, name, text = "", result] = /^(\w+)\((.*)\) += (-?\d+|\?)/.exec(whole) ?? [];
    if (name !== undefined) yield { name, text, result: result === "?" ? undefined : Number(result) };
  }
}

/** The environment in which a Node process writes to a file which of Node's modules it has loaded when it ends. */
function reportBuiltins(path: string): Readonly<Record<string, string>> {
  const reporter = `
    const { writeFileSync } = process.getBuiltinModule("node:fs");
    process.on("exit", () => writeFileSync(process.env.BUILTINS_REPORT, process.moduleLoadList.join("\\n")));`;
  const source = `data:text/javascript,${encodeURIComponent(reporter)}`;
  return { BUILTINS_REPORT: path, NODE_OPTIONS: `--import=${source}` };
}

async function builtinsIn(report: string): Promise<readonly string[]> {
  return (await readFile(report, "utf8")).split("\n").filter((name) => name.startsWith("NativeModule "));
}

async function builtinsOfNothing(node: string): Promise<readonly string[]> {
  await using dir = await tempDir();
  const [program, report] = [join(dir.path, "nothing.mjs"), join(dir.path, "builtins")];
  await writeFile(program, "");
  await promisify(execFile)(node, [program], { env: reportBuiltins(report) });
  return await builtinsIn(report);
}
