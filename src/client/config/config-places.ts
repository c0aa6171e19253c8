import { statSync } from "node:fs";
import { dirname, join, posix, resolve, win32 } from "node:path";
import { errnoOf } from "../../core/index.ts";
import { configFolder } from "../settings/config-folder.ts";
import type { Environment } from "../settings/environment.ts";

/** Whose configuration it is: the project's goes before the user's. */
export type ConfigScope = "project" | "user";

/** A folder in which a configuration file may lie. */
export interface ConfigPlace {
  readonly scope: ConfigScope;
  readonly folder: string;
}

/** Where configuration is looked for. */
export interface ConfigSearch {
  /** Names the user's folders; one without `HOME`, `XDG_CONFIG_HOME` and `APPDATA` has no user's configuration. */
  readonly env: Environment;
  /** Where the search for a project begins, as in `.`; `undefined`: there is no project. */
  readonly cwd: string | undefined;
  /** As `process.platform`. */
  readonly platform: string;
}

/**
 * The folders to look in, the one that rules first: `.greentic` of the project, which is the nearest folder upwards
 * that has one, and `greentic` in the folder of this user's configuration.
 */
export function configPlaces({ env, cwd, platform }: ConfigSearch): readonly ConfigPlace[] {
  const project = cwd === undefined ? undefined : projectFolder(cwd);
  const user = configFolder(env, platform);
  return [
    ...(project === undefined ? [] : [{ scope: "project", folder: project } as const]),
    ...(user === undefined
      ? []
      : [{ scope: "user", folder: (platform === "win32" ? win32 : posix).join(user, "greentic") } as const]),
  ];
}

function projectFolder(cwd: string): string | undefined {
  try {
    for (let folder = resolve(cwd); ; folder = dirname(folder)) {
      const candidate = join(folder, ".greentic");
      if (isFolder(candidate)) return candidate;
      if (folder === dirname(folder)) return undefined;
    }
  } catch (error) {
    // The folder that this process stands in was removed.
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What cannot be looked at cannot be read either: it is no place for configuration. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
