import { lstat, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { withFileLock } from "../../cache/index.ts";
import {
  DistError,
  errnoOf,
  isDistError,
  isJsonObject,
  type JsonObject,
  parseJson,
  printable,
} from "../../core/index.ts";
import { replaceFile } from "../files/replace-file.ts";

/**
 * Changes our own file of logins, which nobody but this user may read: what `change` returns takes its place at once.
 * Nothing is written when it returns `undefined`. Of several processes that change it, each sees what the others did.
 * @throws {DistError} INVALID_CONFIG when the file is a link, another user's or no JSON; DISK_FULL, IO
 */
export async function changeAuthFile(
  path: string,
  change: (config: JsonObject) => JsonObject | undefined,
): Promise<void> {
  try {
    // Where there is nothing to change, no folder is made either.
    if (change(await readOwn(path)) === undefined) return;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await withFileLock(path, async () => {
      const changed = change(await readOwn(path));
      if (changed !== undefined) await replaceFile(path, `${JSON.stringify(changed, null, 2)}\n`, 0o600);
    });
  } catch (error) {
    // Of one who named the file it would be a mistake; here nobody did.
    const cause = isDistError(error, "INVALID_INPUT") ? error.cause : error;
    const errno = isDistError(cause) ? undefined : errnoOf(cause);
    if (errno === undefined) throw error;
    const shown = printable(path);
    throw new DistError(
      "IO",
      `cannot write \`${shown}\`: ${errno}`,
      { path: shown, errno },
      { hint: "make its folder writable for this user, or set XDG_CONFIG_HOME to one that is", cause: error },
    );
  }
}

async function readOwn(path: string): Promise<JsonObject> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (stats === undefined) return {};
  if (!stats.isFile()) throw unusable(path, "it is a link, or no file at all");
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw unusable(path, "it belongs to another user");
  }
  const config = parseJson(await readFile(path));
  if (!isJsonObject(config)) throw unusable(path, "it is no JSON object");
  return config;
}

function unusable(path: string, reason: string): DistError<"INVALID_CONFIG"> {
  const shown = printable(path);
  const hint = "look at the file, and move it away";
  return new DistError(
    "INVALID_CONFIG",
    `no login is written to \`${shown}\`: ${reason}`,
    { path: shown },
    { hint },
  );
}
