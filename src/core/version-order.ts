/** semver.org 2.0.0: three numbers, a pre-release, build metadata. */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** Whether `text` is a semantic version, without a `v` before it. */
export function isSemver(text: string): boolean {
  return semver.test(text);
}

/**
 * Orders versions, lowest first: what is no semantic version, then pre-releases, then releases, so that the highest is
 * a release where there is one. Each kind goes by semver.org's precedence, the first by text. Versions that differ in
 * build metadata only go by text too: no two are equal.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [semver.exec(a), semver.exec(b)];
  return (
    rankOf(left) - rankOf(right) ||
    compareEach(left?.slice(1, 4) ?? [], right?.slice(1, 4) ?? []) ||
    compareEach(left?.[4]?.split(".") ?? [], right?.[4]?.split(".") ?? []) ||
    compareText(a, b)
  );
}

function rankOf(parts: RegExpExecArray | null): number {
  if (parts === null) return 0;
  return parts[4] === undefined ? 2 : 1;
}

function compareEach(a: readonly string[], b: readonly string[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    const order = right === undefined ? 1 : compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers, of any length, come before words. */
function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left !== right) return left ? -1 : 1;
  return (left ? a.length - b.length : 0) || compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
