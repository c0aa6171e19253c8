import { DistError, printable } from "../core/index.ts";

/** The error for an image layout, or an archive of one, that cannot be used; `flaw` continues a sentence that begins with its path. */
export function invalidLayout(path: string, flaw: string, hint?: string): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  return new DistError("INVALID_INPUT", `\`${shown}\` ${flaw}`, { path: shown }, { hint });
}
