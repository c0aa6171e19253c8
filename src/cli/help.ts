import type { Command, OptionSpecs } from "./command.ts";
import { commands } from "./commands.ts";
import { globalOptions } from "./global-options.ts";

/** The help of one command, of a group (`cache`), or of the program. */
export function helpFor(command: Command | undefined, words: readonly string[]): readonly string[] {
  const name = words.filter((word) => word !== "help").join(" ");
  const found = command ?? commands.find((other) => other.name === name);
  return found === undefined ? programHelp(name) : commandHelp(found);
}

function programHelp(group: string): readonly string[] {
  const shown = commands.filter(({ name }) => name.startsWith(`${group} `));
  return [
    "Find, fetch, verify and cache WebAssembly components.",
    "",
    `Usage: greentic-dist [OPTIONS] ${shown.length > 0 ? group : "COMMAND"}`,
    "",
    "Commands:",
    ...columns((shown.length > 0 ? shown : commands).map(({ name, summary }) => [name, summary])),
    "",
    "Options:",
    ...optionLines(globalOptions),
    "",
    "Examples:",
    "  greentic-dist pull ghcr.io/acme/hello:1.0",
    "  greentic-dist --offline pull ghcr.io/acme/hello:1.0",
    "",
    "`greentic-dist COMMAND --help` says more about a command.",
  ];
}

function commandHelp({ name, summary, operands, options, examples }: Command): readonly string[] {
  return [
    `${summary}.`,
    "",
    `Usage: greentic-dist ${name} [OPTIONS]${operands === "" ? "" : ` ${operands}`}`,
    "",
    ...(Object.keys(options).length === 0 ? [] : ["Options:", ...optionLines(options), ""]),
    "Options of every command:",
    ...optionLines(globalOptions),
    "",
    "Examples:",
    ...examples.flatMap(([command, effect]) => [`  ${command}`, `      ${effect}`]),
  ];
}

function optionLines(options: OptionSpecs): readonly string[] {
  return columns(
    Object.entries(options).map(([name, { short, value, help }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
      help,
    ]),
  );
}

function columns(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
