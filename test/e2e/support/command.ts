import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type Digest, digestFromHex, errnoOf, hexOf } from "../../../src/core/index.ts";
import { runCli, type RunOptions, type RunResult } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** `greentic-dist` with a cache of its own, in a temporary folder that goes away with it. */
export interface Command extends AsyncDisposable {
  /** The temporary folder, which is the command's working directory too. */
  readonly directory: string;
  /** Root of the cache, inside that folder. */
  readonly cache: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Where an artifact is to be found under the digest of its manifest or its content. */
  readonly componentOf: (digest: Digest) => string;
}

/** Makes a {@link Command}. */
export async function createCommand(): Promise<Command> {
  const dir = await tempDir();
  const cache = join(dir.path, "cache");
  return {
    directory: dir.path,
    cache,
    run: (args, options) =>
      runCli(args, {
        cwd: dir.path,
        ...options,
        env: { GREENTIC_DIST_CACHE_DIR: cache, HOME: dir.path, ...options?.env },
      }),
    componentOf: (digest) => join(cache, hexOf(digest), "component.wasm"),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** JSON as the command prints it. */
export function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What stands in an error that was asked for as JSON. */
export interface PrintedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The error that `--json` or `--progress json` wrote, from the text that holds nothing else. */
export function parseError(text: string): PrintedError {
  return (JSON.parse(text) as { error: PrintedError }).error;
}

/** Every line that `--progress json` wrote, parsed. */
export function parseLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The digest of a file's bytes; `undefined` when there is no file. */
export async function hashFile(path: string): Promise<Digest | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  return digestFromHex(hash.digest("hex"));
}
