import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { commandLine, type Entry } from "./command-line.ts";
import { tempDir } from "./temp-dir.ts";

/** How the command is run. */
export interface RunOptions {
  /** Added to an environment of PATH, HOME and XDG_*; a HOME given here moves the XDG folders along. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: that of the tests. */
  readonly cwd?: string | undefined;
  /** What stands on stdin. Default: nothing. */
  readonly input?: string | Uint8Array | undefined;
  /** Sends `killSignal` to the command when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Default: SIGTERM. */
  readonly killSignal?: NodeJS.Signals | undefined;
  /** The Node to run it on, where it is not the standalone program that is tested. Default: as {@link commandLine} says. */
  readonly node?: string | undefined;
  /** Which of the package's two commands. Default: `main`, that is `greentic-dist`. */
  readonly entry?: Entry | undefined;
  /** JavaScript that runs in the process before the command. */
  readonly preload?: string | undefined;
  /** A program, with arguments, that is given the command line to run: `["sh", "-c", '"$@" | head', "sh"]`. */
  readonly through?: readonly string[] | undefined;
}

/** How the command ended: `code` is null when a signal ended it. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `greentic-dist` in a process of its own and waits for its end, two minutes at most. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  await using home = await tempDir();
  const { env = {}, cwd, input = "", signal, killSignal = "SIGTERM" } = options;
  const { entry, node, preload, through = [] } = options;
  const [program = "", ...words] = [...through, ...commandLine(entry, node), ...args];
  const child = spawn(program, words, {
    cwd,
    env: {
      ...cleanEnvironment(env["HOME"] ?? home.path),
      ...(preload !== undefined && (await preloadVariables(join(home.path, "preload.mjs"), preload))),
      ...env,
    },
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const kill = (): boolean => child.kill(killSignal);
  signal?.addEventListener("abort", kill);
  // A command that ends without having read its input is no failure of the test.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code, endSignal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  signal?.removeEventListener("abort", kill);
  return { code, signal: endSignal, stdout, stderr };
}

/** Makes a file of `code`, and each runtime run it first. */
async function preloadVariables(path: string, code: string): Promise<Record<string, string>> {
  await writeFile(path, code);
  return { NODE_OPTIONS: `--import=${pathToFileURL(path).href}`, BUN_OPTIONS: `--preload=${path}` };
}

function cleanEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    XDG_STATE_HOME: join(home, ".local/state"),
    XDG_RUNTIME_DIR: join(home, ".run"),
  };
}
