import { DistError, isDistError, printable, type Reference, throwIfAborted } from "../core/index.ts";

/** How many references are worked on at once, of one host. */
const defaultJobs = 6;
const maxJobs = 64;

/** How {@link settleAll} runs. */
export interface SettleOptions {
  /** References of one host that are worked on at once, 1 to 64. Default: 6. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How one of several things went. */
export type Outcome<T> = { readonly value: T; readonly error?: undefined } | { readonly error: DistError };

/** What those brought that did not fail. */
export function valuesOf<T>(outcomes: readonly Outcome<T>[]): readonly T[] {
  return outcomes.flatMap((outcome) => (outcome.error === undefined ? [outcome.value] : []));
}

/**
 * Whether `jobs` may be given to {@link settleAll}.
 * @throws {DistError} INVALID_INPUT
 */
export function checkJobs(jobs: number = defaultJobs): void {
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= maxJobs) return;
  const hint = "as in --jobs 4";
  const message = `jobs is ${printable(String(jobs))}, expected a whole number from 1 to ${maxJobs}`;
  throw new DistError("INVALID_INPUT", message, {}, { hint });
}

/**
 * Does `work` for every item, and returns what it brought or how it failed, in the order of the items. No failure
 * stops the others, and no host holds up another one.
 * @throws {DistError} ABORTED
 */
export async function settleAll<I extends { readonly reference: Reference }, T>(
  items: readonly I[],
  work: (item: I) => Promise<T>,
  { jobs = defaultJobs, signal }: SettleOptions,
): Promise<readonly Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const hosts = new Map<string, (readonly [index: number, item: I])[]>();
  for (const [i, item] of items.entries()) {
    const host = hostOf(item.reference);
    const group = hosts.get(host);
    if (group === undefined) hosts.set(host, [[i, item]]);
    else group.push([i, item]);
  }
  await Promise.all(
    [...hosts.values()].flatMap((group) => {
      const rest = group.values();
      const worker = async (): Promise<void> => {
        for (const [i, item] of rest) outcomes[i] = await outcomeOf(() => work(item));
      };
      return Array.from({ length: Math.min(jobs, group.length) }, worker);
    }),
  );
  throwIfAborted(signal);
  return outcomes;
}

/** Does `work`; a defect is thrown all the same. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (isDistError(error)) return { error };
    throw error;
  }
}

/** What a reference puts a load on: a registry, a web server, or this machine's disk. */
function hostOf(reference: Reference): string {
  switch (reference.kind) {
    case "oci":
      return reference.name.registry;
    case "https":
      return reference.url.host;
    case "mapped":
      return `${reference.scheme}:`;
    case "file":
    case "layout":
    case "fixture":
    case "digest":
      return "";
  }
}
