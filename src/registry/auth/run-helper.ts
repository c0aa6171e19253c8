import { abortedError, throwIfAborted } from "../../core/index.ts";
import { findHelper } from "./find-helper.ts";

/** One call of a credential helper. */
export interface HelperCall {
  /** `x` for the program `docker-credential-x`. */
  readonly name: string;
  readonly action: "get" | "store" | "erase" | "list";
  /** What it reads on stdin; this is the only way by which a secret reaches it. */
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What a helper wrote; `undefined` when it says that it has no such login. Or why it could not be used. */
export type HelperOutcome =
  | { readonly output: Uint8Array | undefined }
  /** Never shows what the helper wrote: it may be a secret. */
  | { readonly failure: string };

const maxOutputBytes = 65_536;
/** How long the output may stay open when the helper has ended: agents that it started may have inherited it. */
const graceMs = 1_000;

/** What the helpers of Docker and their relatives write when they have no login. */
const notFound = /credentials not found|could not be found in the keychain/i;

/**
 * Runs a helper, without a shell, and waits for its end, `timeoutMs` at most.
 * @throws {DistError} ABORTED
 */
export async function runHelper(call: HelperCall): Promise<HelperOutcome> {
  const { name, action, env, signal } = call;
  throwIfAborted(signal);
  const program = findHelper(name, env);
  if ("failure" in program) return program;
  const { code, output, stopped } = await runProgram(program.path, call);
  if (signal?.aborted) throw abortedError(signal);
  const shown = `docker-credential-${name}`;
  if (stopped !== undefined) return { failure: `${shown} ${stopped}` };
  if (code === 0) return { output };
  if (action !== "store" && notFound.test(output.toString())) return { output: undefined };
  const how = action === "get" ? "; run it by hand to see why: echo HOST | " : "";
  return { failure: `${shown} failed (exit ${code})${how === "" ? "" : `${how}${shown} get`}` };
}

interface Ended {
  readonly code: number | string;
  readonly output: Buffer;
  /** Why it was stopped. */
  readonly stopped: string | undefined;
}

async function runProgram(path: string, call: HelperCall): Promise<Ended> {
  const { action, input, env, timeoutMs, signal } = call;
  const { spawn } = await import("node:child_process");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let stopped: string | undefined;
    let grace: NodeJS.Timeout | undefined;
    const child = spawn(path, [action], { env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
    const end = (code: number | string): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener("abort", abort);
      resolve({ code, output: Buffer.concat(chunks), stopped });
    };
    const stop = (reason: string): void => {
      stopped ??= reason;
      child.kill("SIGKILL");
      // What the helper started in turn may hold its end of the pipe open.
      child.stdout.destroy();
    };
    const abort = (): void => stop("was stopped");
    const timer = setTimeout(() => stop(`took more than ${timeoutMs / 1000} seconds`), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxOutputBytes) stop(`wrote more than ${maxOutputBytes} bytes`);
      else chunks.push(chunk);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      stopped ??= `could not be started (${error.code ?? "unknown error"})`;
      end("none");
    });
    child.on("exit", () => {
      grace = setTimeout(() => child.stdout.destroy(), graceMs);
    });
    child.on("close", (code, endSignal) => end(code ?? endSignal ?? "none"));
    // One that ends without having read its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
