import type { OptionSpecs } from "./command.ts";

/** A word of a command line, or an option, as it was written. */
export type Token = { readonly kind: "positional"; readonly value: string } | (Option & (Value | NoValue));

interface Option {
  readonly kind: "option";
  /** Its long name, whether it is known or not. */
  readonly name: string;
  /** As it was written, without a value. */
  readonly rawName: string;
}

interface Value {
  readonly value: string;
  /** Whether it was joined with `=`, and is no word of its own. */
  readonly inlineValue: boolean;
}

interface NoValue {
  readonly value: undefined;
  readonly inlineValue: undefined;
}

const noValue: NoValue = { value: undefined, inlineValue: undefined };

/**
 * The words and options of a command line, by the rules of Node's `util.parseArgs`, which takes more time to load than a warm
 * pull needs in the cache. `--name value` and `-n value` only where `options` say that it takes one, `--name=value`,
 * `-nvalue`, `-xy` for `-x -y`, and after `--` only words.
 */
export function tokenize(args: readonly string[], options: OptionSpecs): readonly Token[] {
  const tokens: Token[] = [];
  const rest = [...args];
  const specs = Object.entries(options);
  const longOf = (letter: string): string => specs.find(([, { short }]) => short === letter)?.[0] ?? letter;
  const takesValue = (name: string): boolean =>
    Object.hasOwn(options, name) && options[name]?.type === "string";
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") return [...tokens, ...rest.map(word)];
    if (!arg.startsWith("-") || arg === "-") {
      tokens.push(word(arg));
      continue;
    }
    const isLong = arg.startsWith("--");
    const letters = isLong ? [] : arg.slice(1).split("");
    const valueAt = letters.findIndex((letter) => takesValue(longOf(letter)));
    if (letters.length > 1 && valueAt !== 0) {
      const flags = valueAt < 0 ? letters : [...letters.slice(0, valueAt), letters.slice(valueAt).join("")];
      for (const flag of flags.toReversed()) rest.unshift(`-${flag}`);
    } else if (letters.length > 1 || /^--.+=/s.test(arg)) {
      const rawName = isLong ? arg.slice(0, arg.indexOf("=")) : arg.slice(0, 2);
      const name = isLong ? rawName.slice(2) : longOf(rawName.slice(1));
      const value = isLong ? arg.slice(rawName.length + 1) : arg.slice(2);
      tokens.push({ kind: "option", name, rawName, value, inlineValue: true });
    } else {
      const name = isLong ? arg.slice(2) : longOf(arg.slice(1));
      const value = takesValue(name) ? rest.shift() : undefined;
      const given = value === undefined ? noValue : { value, inlineValue: false };
      tokens.push({ kind: "option", name, rawName: arg, ...given });
    }
  }
  return tokens;
}

function word(value: string): Token {
  return { kind: "positional", value };
}
