import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projectPath } from "../test/support/project-path.ts";

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** What a command took, with all processes that it started and waited for. */
export interface Account {
  readonly wallMs: number;
  /** In user and in system mode, of all cores. */
  readonly cpuMs: number;
  /** The most memory that one of its processes had. Not less than the 10 MiB of the one that watches. */
  readonly peakBytes: number;
}

/** How long a command may take, in seconds. */
const timeout = 180;

/**
 * Runs a command, as the operating system accounts for it; its output goes nowhere.
 * @throws {Error} with what it said on stderr, when it fails
 */
export async function account(command: CommandLine, env: Readonly<Record<string, string>>): Promise<Account> {
  const args = ["-I", "-S", projectPath("bench/account.py"), String(timeout), ...command];
  try {
    const { stdout } = await promisify(execFile)("python3", args, { env, maxBuffer: 16 * 1024 * 1024 });
    return JSON.parse(stdout) as Account;
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === "ENOENT")
      throw new Error("the bench needs python3: apt-get install python3", { cause: error });
    const said = stderr.trim().split("\n").slice(-3).join(" ") || `${command[0]} said nothing`;
    throw new Error(said, { cause: error });
  }
}
