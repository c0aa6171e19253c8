import { posix } from "node:path";
import { type Environment, variable } from "./environment.ts";

/** The folder of this user's settings: XDG's (only an absolute one counts), Apple's or Microsoft's. */
export function configFolder(env: Environment, platform: string): string | undefined {
  if (platform === "win32") return variable(env, "APPDATA");
  const home = variable(env, "HOME");
  if (platform === "darwin")
    return home === undefined ? undefined : posix.join(home, "Library", "Application Support");
  const xdg = variable(env, "XDG_CONFIG_HOME");
  if (xdg !== undefined && posix.isAbsolute(xdg)) return xdg;
  return home === undefined ? undefined : posix.join(home, ".config");
}
