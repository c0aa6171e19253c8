#!/usr/bin/env node
/**
 * The command: understands a command line, runs it with the library, and prints. Knows nothing that the library does
 * not tell it.
 * @module
 */
import { run } from "./run.ts";

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
// A reader that has gone away, as in `greentic-dist cache ls | head -1`, is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const { env, stdout, stderr } = process;
const exitCode = await run({ args: process.argv.slice(2), env, stdout, stderr, signal: stop.signal });
process.exitCode = stopCode ?? exitCode;
