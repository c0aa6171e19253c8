import { DistError, printable } from "../../core/index.ts";
import type { Command, Invocation, OptionSpecs, Output } from "../command.ts";

/** The tables from which the command line is understood. */
interface Tables {
  readonly commands: readonly Command[];
  readonly globalOptions: OptionSpecs;
}

const program = "greentic-dist";

const shells: ReadonlyMap<string, (tables: Tables) => readonly string[]> = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

/** `completion bash|zsh|fish`, for these commands and options. */
export function createCompletion(tables: Tables): (invocation: Invocation) => Promise<Output> {
  return ({ operands: [shell = ""] }) => {
    const script = shells.get(shell)?.(tables);
    if (script !== undefined)
      return Promise.resolve({ lines: script, json: { shell, script: script.join("\n") } });
    const known = [...shells.keys()].join(", ");
    const message = `unknown shell \`${printable(shell)}\`: expected ${known}`;
    return Promise.reject(new DistError("INVALID_INPUT", message, {}));
  };
}

function bashScript(tables: Tables): readonly string[] {
  return [
    `# bash completion for ${program}: source <(${program} completion bash)`,
    "_greentic_dist() {",
    "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}",
    "  local command= candidates= i",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    "    local word=${COMP_WORDS[i]}",
    ...choosing(tables),
    '  COMPREPLY=($(compgen -W "$candidates" -- "$current"))',
    "}",
    `complete -o default -F _greentic_dist ${program}`,
  ];
}

function zshScript(tables: Tables): readonly string[] {
  return [
    `#compdef ${program}`,
    `# zsh completion for ${program}: source <(${program} completion zsh)`,
    "_greentic_dist() {",
    "  local previous=${words[CURRENT-1]} command= candidates= word= i",
    "  for ((i = 2; i < CURRENT; i++)); do",
    "    word=${words[i]}",
    ...choosing(tables),
    "  if [[ -n $candidates ]]; then compadd -- ${=candidates}; else _files; fi",
    "}",
    // An autoloaded file is the body of the function, a sourced one registers it.
    'if [[ ${funcstack[1]} == _greentic_dist ]]; then _greentic_dist "$@"',
    `else compdef _greentic_dist ${program}; fi`,
  ];
}

/** The rest of the loop over the words that were typed, and the candidates for the next one: the same in bash and zsh. */
function choosing(tables: Tables): readonly string[] {
  const { commands, globalOptions } = tables;
  const values = valueOptions(tables);
  const own = commands.map(({ name, operands, options }): readonly [string, readonly string[]] => [
    `"${name}" | "${name} "*`,
    [...choicesIn(operands), ...flagsOf(options), ...flagsOf(globalOptions)],
  ]);
  const groups = groupsOf(commands).map(([group, names]) => [`"${group}" | "help ${group}"`, names] as const);
  const roots = rootsOf(commands);
  return [
    "    case $word in",
    `      ${values.map(([name]) => `--${name}`).join(" | ")}) ((i++)) ;;`,
    "      -*) ;;",
    '      *) command="${command:+$command }$word" ;;',
    "    esac",
    "  done",
    "  case $command in",
    ...[...own, ...groups, ["help", roots] as const].map(([pattern, words]) => arm(pattern, words)),
    arm('""', [...roots, "help", ...flagsOf(globalOptions)]),
    "  esac",
    "  case $previous in",
    ...values.map(([name, value]) => arm(`--${name}`, choicesIn(value))),
    "  esac",
  ];
}

function arm(pattern: string, words: readonly string[]): string {
  return `    ${pattern}) candidates="${words.join(" ")}" ;;`;
}

function fishScript({ commands, globalOptions }: Tables): readonly string[] {
  const groups = new Map(groupsOf(commands));
  const summaryOf = (root: string): string =>
    commands.find(({ name }) => name === root)?.summary ?? `Commands: ${groups.get(root)?.join(", ")}`;
  return [
    `# fish completion for ${program}: ${program} completion fish | source`,
    ...rootsOf(commands).map((root) => fishLine("__fish_use_subcommand", `-f -a ${root}`, summaryOf(root))),
    ...optionLines("", globalOptions),
    ...commands.flatMap(({ name, summary, operands, options }) => {
      const [root = "", second] = name.split(" ");
      const names = groups.get(root) ?? [];
      const chosen = name
        .split(" ")
        .map((word) => seen([word]))
        .join("; and ");
      const choices = choicesIn(operands);
      return [
        ...(second === undefined
          ? []
          : [fishLine(`${seen([root])}; and not ${seen(names)}`, `-f -a ${second}`, summary)]),
        ...(choices.length === 0 ? [] : [fishLine(chosen, `-f -a ${quoted(choices.join(" "))}`, "")]),
        ...optionLines(chosen, options),
      ];
    }),
  ];
}

/** The condition in fish that one of these words was typed. */
function seen(words: readonly string[]): string {
  return `__fish_seen_subcommand_from ${words.join(" ")}`;
}

function optionLines(condition: string, options: OptionSpecs): readonly string[] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const choices = choicesIn(value ?? "");
    const letter = short === undefined ? "" : ` -s ${short}`;
    const taken = choices.length === 0 ? " -r" : ` -x -a ${quoted(choices.join(" "))}`;
    return fishLine(condition, `-l ${name}${letter}${value === undefined ? "" : taken}`, help);
  });
}

function fishLine(condition: string, what: string, description: string): string {
  const when = condition === "" ? "" : ` -n ${quoted(condition)}`;
  return `complete -c ${program}${when} ${what}${description === "" ? "" : ` -d ${quoted(description)}`}`;
}

/** A text in fish's single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;
}

function flagsOf(options: OptionSpecs): readonly string[] {
  return Object.keys(options).map((name) => `--${name}`);
}

/** Every option that takes a value, with what stands for that in help. */
function valueOptions({ commands, globalOptions }: Tables): readonly (readonly [string, string])[] {
  const all = [globalOptions, ...commands.map(({ options }) => options)];
  const values = new Map<string, string>();
  for (const [name, { value }] of all.flatMap((options) => Object.entries(options))) {
    if (value !== undefined) values.set(name, value);
  }
  return [...values];
}

/** The words that a usage such as `bash|zsh|fish` allows; none where it stands for any text. */
function choicesIn(usage: string): readonly string[] {
  return /^[a-z]+(?:\|[a-z]+)+$/.test(usage) ? usage.split("|") : [];
}

/** The first words of all commands. */
function rootsOf(commands: readonly Command[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ", 1)[0] ?? name))];
}

/** The first words that need a second one, and which those are. */
function groupsOf(commands: readonly Command[]): readonly (readonly [string, readonly string[]])[] {
  const pairs = commands.map(({ name }) => name.split(" "));
  return rootsOf(commands)
    .map((root): readonly [string, readonly string[]] => [
      root,
      pairs.flatMap(([first, second]) => (first === root && second !== undefined ? [second] : [])),
    ])
    .filter(([, seconds]) => seconds.length > 0);
}
