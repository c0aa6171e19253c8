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
 * What `--jobs` says; whether it is too many is for the library to say.
 * @throws {DistError} INVALID_INPUT when it is no number
 */
export function jobsOf(options: OptionValues): number | undefined {
  const jobs = valueOf(options, "jobs");
  if (jobs === undefined || /^\d+$/.test(jobs)) return jobs === undefined ? undefined : Number(jobs);
  const message = `--jobs is \`${printable(jobs)}\`, expected a whole number`;
  throw new DistError("INVALID_INPUT", message, {}, { hint: "as in --jobs 4" });
}
