const seconds = process.env["GREENTIC_DIST_SOAK_SECONDS"];

/** How long each soak runs in `npm run test:soak`; `undefined` in the default run, which takes a sample. */
export const soakSeconds: number | undefined = seconds === undefined ? undefined : Number(seconds);

/** All of `cases` in a soak; else so many of them, spread evenly. */
export function sampleOf<T>(cases: readonly T[], count: number): readonly T[] {
  if (soakSeconds !== undefined || cases.length <= count) return cases;
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)]).filter(
    (one) => one !== undefined,
  );
}
