import { DistError, printable } from "../../core/index.ts";
import { type Environment, variable } from "./environment.ts";

/**
 * The time that builds are to leave in what they make, in seconds since 1970 (`SOURCE_DATE_EPOCH`,
 * reproducible-builds.org/specs/source-date-epoch); `undefined` when none is said.
 * @throws {DistError} INVALID_CONFIG
 */
export function sourceDate(env: Environment): number | undefined {
  const text = variable(env, "SOURCE_DATE_EPOCH");
  if (text === undefined || /^\d{1,11}$/.test(text)) return text === undefined ? undefined : Number(text);
  const hint = "as in SOURCE_DATE_EPOCH=1700000000, or leave it out";
  const message = `SOURCE_DATE_EPOCH is \`${printable(text)}\`, expected seconds since 1970`;
  throw new DistError("INVALID_CONFIG", message, {}, { hint });
}
