import { DistError, printable } from "../core/index.ts";
import type { Command, OptionSpecs, OptionValues } from "./command.ts";
import { frequentCommands } from "./frequent-commands.ts";
import { globalOptions } from "./global-options.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** A command line, understood. */
export interface Arguments {
  /** `undefined` when none was named, for help and version. */
  readonly command: Command | undefined;
  /** The words before which help is asked for, as in `help cache`. */
  readonly operands: readonly string[];
  readonly options: OptionValues;
}

/**
 * Understands a command line. Global options may stand before the command or after it.
 * @throws {DistError} INVALID_INPUT
 */
export async function parseArguments(args: readonly string[]): Promise<Arguments> {
  const tokens = tokenize(args, optionsOf(frequentCommands));
  if (isKnown(tokens, frequentCommands)) return understand(tokens, frequentCommands);
  const { commands } = await import("./commands.ts");
  return understand(tokenize(args, optionsOf(commands)), commands);
}

/** Whether a command line names one of these commands, or none, and no option that only others have. */
function isKnown(tokens: readonly Token[], commands: readonly Command[]): boolean {
  const known = optionsOf(commands);
  const word = wordsOf(tokens)[0];
  return (
    (word === undefined || commands.some(({ name }) => name === word)) &&
    tokens.every((token) => token.kind !== "option" || Object.hasOwn(known, token.name))
  );
}

function wordsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
}

function optionsOf(commands: readonly Command[]): OptionSpecs {
  return Object.assign({}, globalOptions, ...commands.map(({ options }) => options));
}

function understand(tokens: readonly Token[], commands: readonly Command[]): Arguments {
  const { command, operands } = findCommand(wordsOf(tokens), commands);
  const allowed = command === undefined ? globalOptions : { ...globalOptions, ...command.options };
  const options = new Map<string, true | readonly string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (spec === undefined) throw unknownOption(rawName, command);
    if (spec.type === "boolean") {
      if (value !== undefined) throw misuse(`${rawName} takes no value`, command);
      options.set(name, true);
    } else {
      if (value === "-" && spec.takesDash !== true)
        throw misuse(`${rawName} takes ${spec.value}, not -`, command);
      // Of a short option the equals sign would be the value's, as in getopt(3).
      if (inlineValue === true && !rawName.startsWith("--") && value.startsWith("=")) {
        const how = `${rawName} ${spec.value} or --${name}=${spec.value}`;
        throw misuse(`${rawName} takes its value without an equals sign: ${how}`, command);
      }
      const isOption = inlineValue === false && value.startsWith("-") && value !== "-";
      if (value === undefined || value === "" || isOption) {
        const how = isOption ? `--${name}=${spec.value}` : `${rawName} ${spec.value}`;
        throw misuse(`${rawName} requires a value: ${how}`, command);
      }
      const before = options.get(name);
      if (before !== undefined && spec.multiple !== true) throw misuse(`${rawName} is given twice`, command);
      options.set(name, [...(Array.isArray(before) ? before : []), value]);
    }
  }
  return { command, operands, options };
}

function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): Pick<Arguments, "command" | "operands"> {
  const [first, second] = words;
  if (first === undefined) return { command: undefined, operands: words };
  if (first === "help") {
    const { command, operands } = findCommand(words.slice(1), commands);
    if (command !== undefined) refuseExtra(operands, 0, command);
    return { command: undefined, operands: words };
  }
  const one = commands.find(({ name }) => name === first);
  if (one !== undefined) return { command: one, operands: words.slice(1) };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    throw misuse(`unknown command \`${printable(first)}\`: expected ${list(commands)}`, undefined);
  }
  const two = group.find(({ name }) => name === `${first} ${second}`);
  if (two !== undefined) return { command: two, operands: words.slice(2) };
  if (second === undefined) return { command: undefined, operands: words };
  throw misuse(`unknown command \`${first} ${printable(second)}\`: expected ${list(group)}`, undefined);
}

/**
 * Whether a command has as many operands as it takes.
 * @throws {DistError} INVALID_INPUT
 */
export function checkOperands({
  command,
  operands,
  options,
}: Arguments & { readonly command: Command }): void {
  const isOptional = command.orOption !== undefined && options.has(command.orOption);
  if (!isOptional && operands.length < command.minOperands) throw misuse(command.missing, command);
  refuseExtra(operands, command.maxOperands, command);
}

function refuseExtra(operands: readonly string[], max: number, command: Command): void {
  const extra = operands[max];
  if (extra !== undefined) throw misuse(`unexpected argument \`${printable(extra)}\``, command);
}

function list(some: readonly Command[]): string {
  return some.map(({ name }) => name).join(", ");
}

function unknownOption(rawName: string, command: Command | undefined): DistError {
  const shown = printable(rawName);
  const where = command === undefined ? "" : ` of ${command.name}`;
  return misuse(`unknown option \`${shown}\`${where}`, command);
}

/** An error of whoever typed the command line. */
export function misuse(message: string, command: Command | undefined): DistError<"INVALID_INPUT"> {
  const name = command === undefined ? "" : ` ${command.name}`;
  return new DistError("INVALID_INPUT", message, {}, { hint: `\`greentic-dist${name} --help\` shows how` });
}
