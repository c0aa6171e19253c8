import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Programs of this system that some tests use, and the Debian package that brings each. */
const packages = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  nginx: "nginx-light",
  openssl: "openssl",
  script: "bsdutils",
} as const;

/** A program that some tests use. */
export type Tool = keyof typeof packages;

/** Servers lie in folders that are not on every user's PATH. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** Where a program lies; `undefined` when it is not installed. */
export function pathOf(tool: Tool): string | undefined {
  return folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
}

/**
 * Whether one of these programs is not installed, for `describe.skipIf`: then what was not tested is said before and
 * after the run.
 * @throws when the tests run for CI, where nothing may be left out
 */
export function isMissing(...tools: readonly Tool[]): boolean {
  const missing = tools.filter((tool) => pathOf(tool) === undefined);
  if (missing.length > 0 && process.env["CI"] === "true") throw new Error(notice(missing));
  return missing.length > 0;
}

function notice(missing: readonly Tool[]): string {
  const wanted = missing.map((tool) => packages[tool]).join(" ");
  return `not installed, and so not tested with: ${missing.join(", ")}. On Debian: apt-get install ${wanted}`;
}

/** Vitest's global set-up: says what is missing, and says it again at the end, where it is seen. */
export default function announceMissingTools(): () => void {
  const tools: readonly Tool[] = ["docker-registry", "skopeo", "nginx", "openssl", "script"];
  const missing = tools.filter((tool) => pathOf(tool) === undefined);
  const say = (): void => {
    if (missing.length > 0) console.warn(`\n*** ${notice(missing)} ***\n`);
  };
  say();
  return say;
}
