/**
 * The command: understands a command line, runs it with the library, and prints. Knows nothing that the library does
 * not tell it.
 * @module
 */
import { writeSync } from "node:fs";
import { errnoOf } from "../core/index.ts";
import { run } from "./run.ts";
import { stdoutError } from "./stdout-error.ts";

/** What the Rust program was called before. */
const deprecatedName = "greentic-distributor-client";

/** Exit codes of a process that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

const stop = new AbortController();
let stopCode: number | undefined;
for (const [signal, code] of Object.entries(exitCodes)) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait until everything is put away.
    if (stopCode !== undefined) process.exit(code);
    stopCode = code;
    stop.abort(new Error(`stopped by ${signal}`));
  });
}
/** Opened for what cannot be written at once; from then on everything goes there, so that its order stays. */
const streams = new Map<1 | 2, NodeJS.WriteStream>();

/**
 * Writes at once where that is possible: opening Node's stream for it would take longer than a warm pull. A reader
 * that has gone away, as in `greentic-dist cache ls | head -1`, is no error.
 */
function writeTo(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0 && !streams.has(fd)) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EPIPE") return;
    if (errno !== "EAGAIN") throw error;
    const stream = fd === 1 ? process.stdout : process.stderr;
    streams.set(
      fd,
      stream.on("error", () => undefined),
    );
  }
  if (rest.length > 0) streams.get(fd)?.write(rest);
}

function writeOut(text: string): void {
  try {
    writeTo(1, text);
  } catch (error) {
    throw stdoutError(error);
  }
}

/** Where errors cannot be written, nobody can be told. */
function writeError(text: string): void {
  try {
    writeTo(2, text);
  } catch {}
}

/**
 * Runs the command line of this process.
 * @param name the name that it was called by
 * @returns its exit code, which the process ends with
 */
export async function main(name: string): Promise<number> {
  if (name === deprecatedName && process.env["GREENTIC_SILENCE_DEPRECATION_WARNINGS"] !== "1") {
    writeError(`warning: ${deprecatedName} is deprecated; use greentic-dist\n`);
  }
  const exitCode = await run({
    args: process.argv.slice(2),
    env: process.env,
    writeOut,
    writeError,
    isTerminal: () => process.stderr.isTTY,
    isOutTerminal: () => process.stdout.isTTY,
    signal: stop.signal,
  });
  // What was done all the same, or ends only when it is stopped, as a server does, has not failed.
  process.exitCode = exitCode === 0 ? 0 : (stopCode ?? exitCode);
  return process.exitCode;
}
