const seconds = process.env["GREENTIC_DIST_SOAK_SECONDS"];

/** How long each soak runs in `npm run test:soak`; `undefined` in the default run, which takes a sample. */
export const soakSeconds: number | undefined = seconds === undefined ? undefined : Number(seconds);

const chosen = process.env["GREENTIC_DIST_TEST_CASES"];

/** All of `cases` in a soak; else `GREENTIC_DIST_TEST_CASES` of them, or `defaultCount`, spread evenly. */
export function sampleOf<T>(cases: readonly T[], defaultCount: number): readonly T[] {
  const count = chosen === undefined ? defaultCount : Number(chosen);
  if (soakSeconds !== undefined || cases.length <= count) return cases;
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)]).filter(
    (one) => one !== undefined,
  );
}
