import type { DistEvent } from "../../core/index.ts";

/** How often a check that goes on says so, in milliseconds. */
const sayEveryMs = 5_000;

/** Makes a line of how far a check of the cache has come; none when the last one is not five seconds old. */
export function createCheckLine(
  now: () => number,
): (event: DistEvent & { readonly event: "verifying" }) => string | undefined {
  let saidAt: number | undefined;
  return ({ checked, total }) => {
    saidAt ??= now();
    if (now() - saidAt < sayEveryMs) return undefined;
    saidAt = now();
    return `verifying the cache: ${checked} of ${total} checked\n`;
  };
}
