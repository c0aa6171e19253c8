import { compareVersions, isSemver } from "./version-order.ts";

/**
 * The semantic version that a tag stands for: `v1.2.3` is 1.2.3, and `1.2.3_b4` is 1.2.3+b4, for no tag can have a
 * plus. `undefined` for all others, also for `1.2`.
 */
export function versionOfTag(tag: string): string | undefined {
  const version = tag.replace(/^v(?=\d)/, "").replace("_", "+");
  return isSemver(version) ? version : undefined;
}

/**
 * Orders tags that stand for versions, lowest first, by the precedence of semver.org 2.0.0; the others come before them.
 * Of two that stand for one version the one without a `v` is the higher.
 */
export function compareTags(a: string, b: string): number {
  const order = compareVersions(versionOfTag(a) ?? "", versionOfTag(b) ?? "");
  return order || (a > b ? -1 : Number(a < b));
}
