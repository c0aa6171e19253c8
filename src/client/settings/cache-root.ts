import { posix, win32 } from "node:path";
import { type Environment, variable } from "./environment.ts";

/** What a cache holds: each kind has a root of its own. */
export type CacheKind = "components" | "packs" | "digests";

/** The variables that name a root, and the folder in that. */
const variables: Readonly<Record<CacheKind, readonly [name: string, folder: string]>> = {
  components: ["GREENTIC_DIST_CACHE_DIR", ""],
  packs: ["GREENTIC_PACK_CACHE_DIR", ""],
  digests: ["GREENTIC_DIST_CACHE_DIR", "digests"],
};

/**
 * Where the cache of a kind lies, by the variables that say so: its own, else a folder in the user's caches, else one
 * below `GREENTIC_HOME`, else one in the current folder.
 */
export function cacheRoot(kind: CacheKind, env: Environment, platform: string): string {
  const path = platform === "win32" ? win32 : posix;
  const [name, folder] = variables[kind];
  const own = variable(env, name);
  if (own !== undefined) return folder === "" ? own : path.join(own, folder);
  const caches = userCaches(env, platform);
  if (caches !== undefined) return path.join(caches, "greentic", kind);
  return path.join(variable(env, "GREENTIC_HOME") ?? ".greentic", "cache", kind);
}

/** The folder of this user's caches: XDG's (only an absolute one counts), Apple's or Microsoft's. */
export function userCaches(env: Environment, platform: string): string | undefined {
  const home = variable(env, "HOME");
  if (platform === "win32") return variable(env, "LOCALAPPDATA");
  if (platform === "darwin") return home === undefined ? undefined : posix.join(home, "Library", "Caches");
  const xdg = variable(env, "XDG_CACHE_HOME");
  if (xdg !== undefined && posix.isAbsolute(xdg)) return xdg;
  return home === undefined ? undefined : posix.join(home, ".cache");
}
