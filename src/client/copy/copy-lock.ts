import { DistError, printable } from "../../core/index.ts";
import { nameInBundle } from "../bundle/collect-reference.ts";
import { lockedItems, type WantedItem } from "../bundle/save-bundle.ts";
import { lockFailure } from "../lock/lock-failure.ts";
import { readLock } from "../lock/read-lock.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { checkJobs, settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";
import type { CopiedArtifact, CopiedLockEntry } from "./copy-options.ts";
import { copyToRegistry } from "./copy-to-registry.ts";
import { addToLayout, openLayoutTarget } from "./open-layout-target.ts";
import { parseLayout, refuseFile } from "./parse-destination.ts";
import { noPlaceForAll, placesBelow } from "./places-below.ts";
import { type OpenImage, withImage } from "./with-image.ts";

/** How all that a lockfile names is copied. */
export interface CopyLockOptions extends SettleOptions {
  /** Copies what refers to them too. Default: false. */
  readonly withReferrers?: boolean | undefined;
  /** Lets tags mean what is copied that mean something else now, and replaces an archive that is there. Default: false. */
  readonly force?: boolean | undefined;
}

/**
 * Copies all that a lockfile names, as it pins it. Entries that fail do not stop the others; an archive is not written then.
 * @throws {DistError} INVALID_LOCKFILE, INVALID_INPUT; an error of which `isLockFailure` holds when entries fail: its details
 * name what was `copied` all the same
 */
export async function copyLock(
  context: PullContext,
  path: string,
  to: string,
  { withReferrers, force, ...settle }: CopyLockOptions,
): Promise<readonly CopiedLockEntry[]> {
  checkJobs(settle.jobs);
  const { signal } = settle;
  const many = {
    what: "a lockfile names",
    toCache: `greentic-dist pull --lock ${printable(path)}`,
    orElse: ", or a layout without a tag",
  };
  const layout = parseLayout(to);
  if (layout?.name !== undefined || layout?.digest !== undefined) throw noPlaceForAll(to, many);
  if (layout === undefined) refuseFile(to);
  const target =
    layout === undefined ? undefined : await openLayoutTarget(context, layout, { force, signal });
  const placeOf = target === undefined ? placesBelow(to, many) : undefined;
  const copyOne = (image: OpenImage): Promise<CopiedArtifact> => {
    const name = nameInBundle(image.reference);
    const names = name === undefined ? [] : [name];
    if (target !== undefined) return addToLayout(target, image, { names, withReferrers, signal });
    if (placeOf === undefined) throw new TypeError("there is neither a layout nor a registry");
    const { reference, root } = image;
    if (reference.kind !== "oci") throw noRepository(reference.text);
    const place = { name: placeOf(reference.name, root.digest), tenant: undefined, isPinned: false };
    return copyToRegistry(context, image, place, {
      withReferrers,
      force,
      instead: "name another prefix",
      signal,
    });
  };
  const items = lockedItems(context, await readLock(path));
  const copyItem = async (item: WantedItem): Promise<CopiedLockEntry> => {
    const copied = await withImage(context, { ...item, signal }, copyOne);
    return { ...copied, name: item.name };
  };
  const outcomes = await settleAll(items, copyItem, settle);
  const copied = valuesOf(outcomes);
  const isWhole = copied.length === items.length;
  const isKept = isWhole || layout?.form !== "archive";
  if (isKept) await target?.finish();
  if (isWhole) return copied;
  const entries = items.map(({ name, reference }) => ({ name, reference: reference.text }));
  throw lockFailure(path, entries, outcomes, [], isKept ? copied : []);
}

function noRepository(text: string): DistError<"INVALID_INPUT"> {
  const reference = printable(text);
  const hint = "copy it by itself, to a repository that you name";
  const message = `\`${reference}\` is in no registry, so that nothing says which path it would have in another one`;
  return new DistError("INVALID_INPUT", message, { reference }, { hint });
}
