import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// By the package's own name, because this file runs from its source and from build/.
const root = dirname(createRequire(import.meta.url).resolve("greentic-dist/package.json"));

/** Where `path`, relative to the project's root, lies. */
export function projectPath(path: string): string {
  return join(root, path);
}
