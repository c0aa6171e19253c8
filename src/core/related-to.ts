import { DistError, type DistErrorCode, isDistError } from "./errors.ts";

/** Codes of errors that come from below, where nobody knows for which reference the work was done. */
const unrelated: ReadonlySet<DistErrorCode> = new Set<DistErrorCode>([
  "UNUSABLE_ARTIFACT",
  "MEDIA_TYPE_MISMATCH",
  "NETWORK",
  "TIMEOUT",
  "RATE_LIMITED",
  "REDIRECT_REFUSED",
]);

/**
 * `error`, made to name the reference that it is about where it does not yet.
 * @param failed what its message begins with
 */
export function relatedTo(
  error: DistError,
  reference: string,
  failed: string = `failed to pull \`${reference}\``,
): DistError {
  const { code, message, details, hint, cause } = error;
  const isRelated = "reference" in details && details.reference !== undefined;
  if (isRelated || !unrelated.has(code)) return error;
  const related = { ...details, reference };
  return new DistError(code, `${failed}: ${message}`, related, { hint, cause });
}

/**
 * Does `work`, and makes its errors name the reference that they are about.
 * @param failed what their messages begin with; `undefined` for a pull
 */
export async function relating<T>(
  reference: string,
  failed: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDistError(error) ? relatedTo(error, reference, failed) : error;
  }
}
