import { existsSync } from "node:fs";
import { type Digest, DistError, parseReference, printable } from "../../core/index.ts";
import { refuseTag } from "../artifact-client.ts";
import { lockFailure } from "../lock/lock-failure.ts";
import { type OpenLock, readLock } from "../lock/read-lock.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { checkJobs, settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";
import { measured } from "./announced.ts";
import { type BundlePart, joinParts } from "./bundle-part.ts";
import { bundleTypes } from "./bundle-media-types.ts";
import { type BundleItem, collectReference } from "./collect-reference.ts";
import { openOutput, type WriteBundleOptions } from "./write-bundle.ts";
import { blobOf, wrapContent } from "./wrap-content.ts";

/** What goes into a bundle, and where it goes. */
export interface SaveBundleOptions extends SettleOptions, WriteBundleOptions {
  /** References of one host that are worked on at once, 1 to 64. Default: 4. */
  readonly jobs?: number | undefined;
  /** References to save. Default: none. */
  readonly references?: readonly string[] | undefined;
  /** A lockfile: everything that it names is saved as it pins it, and it itself too. Default: none. */
  readonly lock?: string | undefined;
}

/** Fewer than elsewhere, for artifacts are whole here, and each that is on its way takes memory. */
const defaultJobs = 4;

/** Something that is listed in a bundle. */
export interface SavedArtifact {
  /** What it is called there: its reference. `undefined` for what has only a digest. */
  readonly name: string | undefined;
  /** Of its manifest or index. */
  readonly digest: Digest;
}

/**
 * Writes what references and a lockfile name, with everything below and what refers to it, into one OCI image layout. What
 * the cache does not hold is pulled first. The same things make the same bytes.
 * @throws {DistError} an error of which `isLockFailure` holds when references fail; INVALID_INPUT, IO, DISK_FULL; nothing
 * is there under the output's name then
 */
export async function saveBundle(
  context: PullContext,
  { references = [], lock, output, name: title, compress, jobs = defaultJobs, signal }: SaveBundleOptions,
): Promise<readonly SavedArtifact[]> {
  const { onEvent } = context.settings;
  checkJobs(jobs);
  const write = await openOutput({ output, compress });
  const opened = lock === undefined ? undefined : await readLock(lock);
  const wanted = [...lockedItems(context, opened), ...namedItems(context, references)];
  if (wanted.length === 0) {
    throw new DistError(
      "INVALID_INPUT",
      "there is nothing to save",
      {},
      { hint: "name a reference, or --lock FILE" },
    );
  }
  // Until it is written, nothing of it may be swept away.
  await using lease = await context.cache.lease([]);
  const outcomes = await settleAll(wanted, (item) => collectReference(context, item, lease, signal), {
    jobs,
    signal,
  });
  const parts = valuesOf(outcomes);
  if (parts.length < wanted.length) {
    const entries = wanted.map(({ name, reference }) => ({ name, reference: reference.text }));
    throw lockFailure(references.length > 0 ? undefined : lock, entries, outcomes, []);
  }
  const saved = joinParts(parts);
  const layout = opened === undefined ? saved : joinParts([saved, wrapLock(opened)]);
  const bundle = printable(title ?? (typeof output === "string" ? output : "-"));
  const onWritten = (bytes: number, totalBytes: number): void =>
    onEvent({ event: "saving", bundle, bytes, totalBytes });
  await write(measured(layout, onWritten, signal));
  onEvent({ event: "saved", bundle });
  return saved.entries.map(({ name, digest }) => ({ name, digest }));
}

/** The same, and what a lock calls it. */
export interface WantedItem extends BundleItem {
  readonly name: string | undefined;
}

/**
 * What a lockfile names.
 * @throws {DistError} TAG_REFUSED
 */
export function lockedItems(context: PullContext, lock: OpenLock | undefined): readonly WantedItem[] {
  return (lock?.items ?? []).map(({ entry, reference }) => {
    if (entry.digest === undefined && entry.contentDigest === undefined)
      refuseTag(context.settings, reference);
    return { reference, name: entry.name, pins: entry };
  });
}

function namedItems(context: PullContext, references: readonly string[]): readonly WantedItem[] {
  return [...new Set(references)].map((text) => {
    const reference = parseReference(text, { pathExists: existsSync });
    refuseTag(context.settings, reference);
    return { reference, name: undefined, pins: {} };
  });
}

/** The lockfile as an artifact: whoever knows nothing of it takes it for any other one. */
function wrapLock({ bytes, dialect }: OpenLock): BundlePart {
  const mediaType = `${bundleTypes.lock}+${dialect === "cbor" ? "cbor" : "json"}`;
  return wrapContent({ artifactType: bundleTypes.lock, mediaType, blob: blobOf(bytes) });
}
