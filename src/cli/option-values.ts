import { DistError, printable } from "../core/index.ts";
import type { OptionValues } from "./command.ts";

/** The one value of an option that takes one; `undefined` when it was not given. */
export function valueOf(options: OptionValues, name: string): string | undefined {
  return valuesOf(options, name)[0];
}

/** All values of an option that may be given more than once. */
export function valuesOf(options: OptionValues, name: string): readonly string[] {
  const values = options.get(name);
  return values === undefined || values === true ? [] : values;
}

/**
 * The number that an option says; whether it is too large is for the library to say, unless there is a `max`.
 * @throws {DistError} INVALID_INPUT when it is no such number
 */
export function countOf(options: OptionValues, name: string, max?: number): number | undefined {
  const text = valueOf(options, name);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) <= (max ?? Infinity)) return Number(text);
  const expected = max === undefined ? "a whole number" : `a whole number, ${max} at most`;
  const message = `--${name} is \`${printable(text)}\`, expected ${expected}`;
  throw new DistError("INVALID_INPUT", message, {}, { hint: `as in --${name} 4` });
}
