import { DistError, errnoOf, printable } from "../../core/index.ts";

/** Runs `work` and turns what the operating system refuses into IO, naming `path`. */
export async function withIoError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const errno = error instanceof DistError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    const shown = printable(path);
    const hint = errno === "EACCES" ? "give this user read access to it" : "look at the disk that it lies on";
    const message = `\`${shown}\` cannot be read: ${errno}`;
    throw new DistError("IO", message, { path: shown, errno }, { hint, cause: error });
  }
}
