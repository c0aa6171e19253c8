import { DistClient, type DistClientOptions } from "../client/index.ts";
import { DistError, errorTable, isDistError, printable, version } from "../core/index.ts";
import { checkOperands, misuse, parseArguments } from "./arguments.ts";
import type { Command, OptionValues, Output } from "./command.ts";
import { type ErrorStyle, printError } from "./messages.ts";
import { countOf, valueOf, valuesOf } from "./option-values.ts";
import { createReporter } from "./reporters/create-reporter.ts";
import type { ProgressForm } from "./reporters/reporter.ts";

/** What the program needs of its process. */
export interface Terminal {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether errors and progress go to a terminal. Asked only when there is something to draw. */
  readonly isTerminal: () => boolean;
  /** The same of results. */
  readonly isOutTerminal: () => boolean;
  /** Aborted when the user, or the system, stops the program. */
  readonly signal: AbortSignal;
}

/** Runs one command line. Writes what it has to say, and returns the exit code. */
export async function run(terminal: Terminal): Promise<number> {
  const { args, writeOut, writeError } = terminal;
  try {
    const { command, operands, options } = await parseArguments(args);
    if (options.has("version")) {
      writeOut(`greentic-dist ${version}\n`);
      return 0;
    }
    if (options.has("help") || command === undefined) {
      const { helpFor } = await import("./help.ts");
      const asked = options.has("help") || operands[0] === "help";
      if (!asked && errorStyle(terminal).form !== "text") throw misuse("a command is required", undefined);
      (asked ? writeOut : writeError)(`${helpFor(command, operands).join("\n")}\n`);
      return asked ? 0 : errorTable.INVALID_INPUT.exitCode;
    }
    checkOperands({ command, operands, options });
    const output = await runCommand(terminal, command, operands, options);
    const { notes = [], failure, exitCode = 0, isStdoutTaken = false } = output;
    if (notes.length > 0 && !options.has("json") && !options.has("quiet"))
      writeError(`${notes.join("\n")}\n`);
    const text = textOf(output, options);
    const isSilent = text.length === 0 || (isStdoutTaken && options.has("quiet"));
    if (!isSilent && !(failure && options.has("json")))
      (isStdoutTaken ? writeError : writeOut)(`${text.join("\n")}\n`);
    if (failure !== undefined) throw failure;
    return exitCode;
  } catch (error) {
    const known = isDistError(error) ? error : unexpected(error);
    writeError(`${printError(known, errorStyle(terminal))}\n`);
    return errorTable[known.code].exitCode;
  }
}

function textOf({ lines, json }: Output, options: OptionValues): readonly string[] {
  if (!options.has("json")) return lines;
  return json === undefined ? [] : [JSON.stringify(json, null, 2)];
}

async function runCommand(
  terminal: Terminal,
  command: Command,
  operands: readonly string[],
  options: OptionValues,
): Promise<Output> {
  const { env, writeOut, writeError, signal } = terminal;
  if (options.has("quiet") && options.has("verbose")) {
    throw misuse("--quiet and --verbose exclude each other", command);
  }
  const reporter = createReporter({
    form: parseProgress(options),
    isTerminal: () => isRichTerminal(terminal),
    warnings: !options.has("quiet") && !options.has("json"),
    colour: () => usesColour(terminal.env, terminal.isTerminal),
    write: writeError,
    now: Date.now,
  });
  try {
    const execute = await command.load();
    const retries = countOf(options, "retries", 19);
    const clientOptions: DistClientOptions = {
      env,
      cwd: ".",
      cacheDir: valueOf(options, "cache-dir"),
      cacheFrom: options.has("cache-from") ? valuesOf(options, "cache-from") : undefined,
      offline: options.has("offline") || undefined,
      strict: options.has("strict"),
      platform: valueOf(options, "platform"),
      insecureRegistries: options.has("insecure-registry")
        ? valuesOf(options, "insecure-registry")
        : undefined,
      retry: { attempts: retries === undefined ? undefined : retries + 1 },
      onEvent: reporter.onEvent,
      onTrace: options.has("verbose") ? (line) => reporter.say(`${line}\n`) : undefined,
    };
    await using client = new DistClient(clientOptions);
    return await execute({
      operands,
      options,
      signal,
      client,
      clientOptions,
      writeOut,
      writeError,
      colour: () => usesColour(terminal.env, terminal.isOutTerminal),
    });
  } finally {
    await reporter.finish();
  }
}

function parseProgress(options: OptionValues): ProgressForm {
  const asked = valueOf(options, "progress") ?? "auto";
  switch (asked) {
    case "plain":
    case "json":
    case "none":
      return options.has("quiet") ? "none" : asked;
    case "auto":
      return options.has("quiet") || options.has("json") ? "none" : "auto";
    default:
      throw misuse(
        `unknown --progress \`${printable(asked)}\`: expected auto, plain, json or none`,
        undefined,
      );
  }
}

/** Whether lines can be drawn again: not in a log of a build machine, even where that looks like a terminal. */
function isRichTerminal({ env, isTerminal }: Terminal): boolean {
  return isTerminal() && env["CI"] === undefined && env["TERM"] !== "dumb";
}

/** Colour is for terminals, and only where nobody asked for none (no-color.org). */
function usesColour(env: Terminal["env"], isTerminal: () => boolean): boolean {
  return isTerminal() && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** How an error is shown: decided by the words themselves, for it may be that they cannot be understood. */
function errorStyle(terminal: Terminal): ErrorStyle {
  const { args } = terminal;
  const end = args.indexOf("--");
  const words = end < 0 ? args : args.slice(0, end);
  const events =
    words.includes("--progress=json") ||
    words.some((word, i) => word === "--progress" && words[i + 1] === "json");
  return {
    form: events ? "line" : words.includes("--json") ? "json" : "text",
    colour: usesColour(terminal.env, terminal.isTerminal),
    verbose: words.includes("--verbose"),
  };
}

function unexpected(error: unknown): DistError<"INTERNAL"> {
  const message = error instanceof Error ? error.message : String(error);
  const hint = "this is a defect; please report it with what --verbose prints";
  return new DistError("INTERNAL", `internal error: ${printable(message)}`, {}, { hint, cause: error });
}
