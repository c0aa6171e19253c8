import { DistError } from "../../src/core/index.ts";

/** The `DistError` that `run` throws; anything else, or nothing, fails the test. */
export function thrownBy(run: () => unknown): DistError {
  try {
    run();
  } catch (error) {
    if (error instanceof DistError) return error;
    throw error;
  }
  throw new Error("expected a DistError, nothing was thrown");
}

/** The `DistError` that `promise` rejects with; anything else, or success, fails the test. */
export async function rejectionOf(promise: Promise<unknown>): Promise<DistError> {
  const error: unknown = await promise.then(
    () => new Error("expected a DistError, nothing was thrown"),
    (reason: unknown) => reason,
  );
  if (error instanceof DistError) return error;
  throw error;
}
