import type { Meaning } from "../../cache/index.ts";
import { canonicalOf, type Resolution } from "../../sources/index.ts";
import { onWaitOf, type Pull } from "./pull-context.ts";

/**
 * Asks the sources what a reference means, and does `work` with it. What a web address means is known when it was read:
 * one process reads it at a time, and those that waited for it take what it found.
 */
export async function ask<T>(
  call: Pull,
  work: (call: Pull, resolution: Resolution) => Promise<T>,
): Promise<T> {
  const { reference, cache, settings, text, signal } = call;
  const { onEvent } = settings;
  if (reference.kind !== "https" || settings.offline) {
    onEvent({ event: "resolving", reference: text });
    return work(call, await resolve(call, undefined));
  }
  const canonical = canonicalOf(reference);
  const before = await cache.recall(canonical);
  onEvent({ event: "resolving", reference: text });
  const lock = await cache.lockMeaning(canonical, { signal, onWait: onWaitOf(call) });
  let isDone = false;
  try {
    const now = await cache.recall(canonical);
    // Only who asked the server notes anything: what is new was brought while this call waited.
    const isNew = now !== undefined && now.seenAt !== before?.seenAt;
    const isHeld = isNew && (await cache.locate(now.digest, [])) !== undefined;
    const result = await work({ ...call, lock }, await resolve(call, isHeld ? now : undefined));
    isDone = true;
    return result;
  } finally {
    await lock?.release(isDone);
  }
}

async function resolve(
  { source, settings: { onEvent }, reference, text, signal }: Pull,
  known: Meaning | undefined,
): Promise<Resolution> {
  const resolution = await source.resolve(reference, { signal, onEvent, known });
  const digest = resolution.kind === "manifest" ? resolution.root.digest : resolution.digest;
  if (digest !== undefined) onEvent({ event: "resolved", reference: text, digest });
  return resolution;
}
