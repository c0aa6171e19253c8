import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { errnoOf, printable } from "../../core/index.ts";

/**
 * Where on `PATH` a credential helper is. Names come from files that others may have written: a plain one only, never
 * a path, and never from the folder that we happen to be in.
 */
export function findHelper(
  name: string,
  env: Readonly<Record<string, string>>,
): { readonly path: string } | { readonly failure: string } {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    return { failure: `\`${printable(name)}\` is no plain name of a credential helper` };
  }
  const program = `docker-credential-${name}${process.platform === "win32" ? ".exe" : ""}`;
  for (const folder of (env["PATH"] ?? env["Path"] ?? "").split(delimiter)) {
    const path = join(folder, program);
    if (isAbsolute(folder) && isProgram(path)) return { path };
  }
  return { failure: `docker-credential-${name} is not on PATH` };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
