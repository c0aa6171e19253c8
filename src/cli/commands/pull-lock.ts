import { isLockFailure, type LockedArtifact } from "../../client/index.ts";
import { withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { countOf } from "../option-values.ts";

/** `pull --lock FILE [--jobs N]`: what could be pulled is printed, also when something else could not. */
export async function pullLock({ client, options, signal }: Invocation, path: string): Promise<Output> {
  return printPulled(() => client.pullLock(path, { signal, jobs: countOf(options, "jobs") }));
}

/** What was pulled of a lock, also where something else of it could not be. */
export async function printPulled(pull: () => Promise<readonly LockedArtifact[]>): Promise<Output> {
  try {
    const pulled = await pull();
    return { lines: linesOf(pulled), json: pulled.map(describe) };
  } catch (error) {
    if (!isLockFailure(error)) throw error;
    return { lines: linesOf(error.details.pulled), json: undefined, failure: error };
  }
}

function linesOf(pulled: readonly LockedArtifact[]): readonly string[] {
  return pulled.map(({ digest, cachePath }) => `${digest} ${cachePath}`);
}

function describe({ reference, name, digest, cachePath, fetched }: LockedArtifact) {
  return {
    reference: withoutSecrets(reference),
    name: name ?? null,
    digest,
    cache_path: cachePath,
    fetched,
  };
}
