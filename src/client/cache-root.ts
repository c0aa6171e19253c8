import { posix, win32 } from "node:path";
import { type Environment, variable } from "./environment.ts";

/** What a cache holds: each kind has a root of its own. */
export type CacheKind = "components" | "packs";

/** The variables that name a root themselves. */
const variables: Readonly<Record<CacheKind, string>> = {
  components: "GREENTIC_DIST_CACHE_DIR",
  packs: "GREENTIC_PACK_CACHE_DIR",
};

/**
 * Where the cache of a kind lies, by the variables that say so: its own, else a folder in the user's caches, else one
 * below `GREENTIC_HOME`, else one in the current folder.
 */
export function cacheRoot(kind: CacheKind, env: Environment, platform: NodeJS.Platform): string {
  const own = variable(env, variables[kind]);
  if (own !== undefined) return own;
  const path = platform === "win32" ? win32 : posix;
  const caches = userCaches(env, platform);
  if (caches !== undefined) return path.join(caches, "greentic", kind);
  return path.join(variable(env, "GREENTIC_HOME") ?? ".greentic", "cache", kind);
}

/** The folder of this user's caches: XDG's (only an absolute one counts), Apple's or Microsoft's. */
function userCaches(env: Environment, platform: NodeJS.Platform): string | undefined {
  const home = variable(env, "HOME");
  if (platform === "win32") return variable(env, "LOCALAPPDATA");
  if (platform === "darwin") return home === undefined ? undefined : posix.join(home, "Library", "Caches");
  const xdg = variable(env, "XDG_CACHE_HOME");
  if (xdg !== undefined && posix.isAbsolute(xdg)) return xdg;
  return home === undefined ? undefined : posix.join(home, ".cache");
}
