import { DistError, isDistError, parseReference, printable, type Reference } from "../../core/index.ts";
import { createSources } from "../../sources/index.ts";
import { pull, resolve } from "./pull.ts";
import type { PullContext } from "./pull-context.ts";

/**
 * Where the cache has what a reference means, or last meant, verified. Uses no network; what a cache that is looked at
 * before the network has is copied into this one. A file is hashed to know its digest, and not cached.
 * @throws {DistError} NOT_CACHED
 */
export async function cachedPath(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { bases, fixtureDir } = context.settings;
  const { cache, kind } = context;
  const source = createSources({
    cache,
    network: undefined,
    bases,
    fixtureDir,
    pinsBlobs: kind.pinsBlobs,
  });
  const settings = { ...context.settings, offline: true, onEvent: () => undefined };
  const offline = { ...context, source, settings };
  try {
    const isFile = reference.kind === "file" || reference.kind === "fixture";
    const held = isFile ? await digestReference(offline, reference, signal) : reference;
    return (await pull(offline, held, signal)).cachePath;
  } catch (error) {
    if (!isDistError(error, "OFFLINE") && !isDistError(error, "NOT_CACHED")) throw error;
    const shown = printable(reference.text);
    throw new DistError(
      "NOT_CACHED",
      `reference \`${shown}\` is not cached`,
      { reference: shown },
      { hint: "`greentic-dist pull` brings it into the cache", cause: error },
    );
  }
}

async function digestReference(
  context: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<Reference> {
  const { digest } = await resolve(context, reference, signal);
  return parseReference(digest, { pathExists: () => false });
}
