import { operations } from "./operations.ts";

/** Each documented path, and the paths that it stands for. */
const routes = [...new Set(operations.map(({ path }) => path))].map((path) => ({
  path,
  pattern: new RegExp(
    `^${path
      .replaceAll(".", "\\.")
      .replace("{repository}", ".+")
      .replaceAll(/\{\w+\}/g, "[^/]+")}$`,
  ),
}));

/** The documented path that `pathname` is an instance of; `other` for every other one, so that there are few. */
export function routeOf(pathname: string): string {
  return routes.find(({ pattern }) => pattern.test(pathname))?.path ?? "other";
}
