import { DistError, errnoOf } from "../core/index.ts";

/** The error of output that could not be written. */
export function stdoutError(cause: unknown): DistError {
  const errno = errnoOf(cause);
  const code = errno === "ENOSPC" || errno === "EDQUOT" ? "DISK_FULL" : "IO";
  const hint = "look at where the output is sent to";
  return new DistError(code, `cannot write to stdout: ${errno}`, {}, { hint, cause });
}
