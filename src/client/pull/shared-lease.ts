import type { Cache, Lease } from "../../cache/index.ts";
import type { Digest } from "../../core/index.ts";

/** A lease that several calls share: taken when the first of them needs it, and kept until all are done. */
export interface SharedLease extends AsyncDisposable {
  readonly get: () => Promise<Lease>;
}

/** Opens a {@link SharedLease}. */
export function openSharedLease(cache: Cache): SharedLease {
  let taken: Promise<Lease> | undefined;
  const take = async (): Promise<Lease> => {
    try {
      return await cache.lease([]);
    } catch (error) {
      taken = undefined;
      throw error;
    }
  };
  return {
    get: () => (taken ??= take()),
    [Symbol.asyncDispose]: async () => (await taken)?.[Symbol.asyncDispose](),
  };
}

/** Keeps what a call brings as long as the call takes, or all those that share its lease. */
export async function leaseFor(
  { cache, lease }: { readonly cache: Cache; readonly lease?: SharedLease | undefined },
  digests: readonly Digest[],
): Promise<Lease> {
  if (lease === undefined) return cache.lease(digests);
  const { add } = await lease.get();
  await add(digests);
  return { add, [Symbol.asyncDispose]: () => Promise.resolve() };
}
