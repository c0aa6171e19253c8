import {
  type Digest,
  DistError,
  parseOciName,
  printable,
  printOciName,
  type OciName,
} from "../../core/index.ts";
import { nameInBundle } from "../bundle/collect-reference.ts";
import { lockedItems, type WantedItem } from "../bundle/save-bundle.ts";
import { lockFailure } from "../lock/lock-failure.ts";
import { readLock } from "../lock/read-lock.ts";
import type { PullContext } from "../pull-context.ts";
import { checkJobs, settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";
import type { CopiedArtifact } from "./copy-options.ts";
import { copyToRegistry } from "./copy-to-registry.ts";
import { addToLayout, openLayoutTarget } from "./open-layout-target.ts";
import { cacheIsNoDestination, parseLayout } from "./parse-destination.ts";
import { type OpenImage, withImage } from "./with-image.ts";

/** How all that a lockfile names is copied. */
export interface CopyLockOptions extends SettleOptions {
  /** Copies what refers to them too. Default: false. */
  readonly withReferrers?: boolean | undefined;
  /** Lets tags mean what is copied that mean something else now, and replaces an archive that is there. Default: false. */
  readonly force?: boolean | undefined;
}

/** What stands at the other place now. */
export interface CopiedLockEntry extends CopiedArtifact {
  /** What the lock calls it. */
  readonly name: string | undefined;
}

/**
 * Copies all that a lockfile names, as it pins it. Entries that fail do not stop the others; an archive is not written then.
 * @throws {DistError} INVALID_LOCKFILE, INVALID_INPUT; an error of which `isLockFailure` holds when entries fail
 */
export async function copyLock(
  context: PullContext,
  path: string,
  to: string,
  { withReferrers, force, ...settle }: CopyLockOptions,
): Promise<readonly CopiedLockEntry[]> {
  checkJobs(settle.jobs);
  const { signal } = settle;
  const layout = parseLayout(to);
  if (layout?.name !== undefined || layout?.digest !== undefined) throw noPlaceForAll(to);
  const target =
    layout === undefined ? undefined : await openLayoutTarget(context, layout, { force, signal });
  const placeOf = target === undefined ? placesBelow(to) : undefined;
  const copyOne = (image: OpenImage): Promise<CopiedArtifact> => {
    const name = nameInBundle(image.reference);
    const names = name === undefined ? [] : [name];
    if (target !== undefined) return addToLayout(target, image, { names, withReferrers, signal });
    if (placeOf === undefined) throw new TypeError("there is neither a layout nor a registry");
    const isPinned = false;
    const place = { name: placeOf(image), tenant: undefined, isPinned };
    return copyToRegistry(context, image, place, { withReferrers, force, signal });
  };
  const items = lockedItems(context, await readLock(path));
  const copyItem = async (item: WantedItem): Promise<CopiedLockEntry> => {
    const copied = await withImage(context, { ...item, signal }, copyOne);
    return { ...copied, name: item.name };
  };
  const outcomes = await settleAll(items, copyItem, settle);
  const copied = valuesOf(outcomes);
  const isWhole = copied.length === items.length;
  if (isWhole || layout?.form === "folder") await target?.finish();
  if (isWhole) return copied;
  const entries = items.map(({ name, reference }) => ({ name, reference: reference.text }));
  throw lockFailure(path, entries, outcomes, []);
}

/**
 * Where the images of a lock go below a prefix: each to its own repository's path, under its own tag.
 * @throws {DistError} INVALID_INPUT, also when two are to go to one place
 */
function placesBelow(prefix: string): (image: OpenImage) => OciName {
  const bare = prefix.replace(/^oci:\/\//, "").replace(/\/$/, "");
  if (bare === "cache" || bare.startsWith("cache:")) throw cacheIsNoDestination(prefix);
  if (parseOciName(`${bare}/x`) === undefined) throw noPlaceForAll(prefix);
  const taken = new Map<string, Digest>();
  return ({ reference, root: { digest } }) => {
    if (reference.kind !== "oci") throw noRepository(reference.text);
    const { repository, tag } = reference.name;
    const text = `${bare}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`;
    const name = parseOciName(text);
    if (name === undefined) throw noPlaceForAll(text);
    const before = taken.get(text) ?? digest;
    if (before !== digest) throw sharedPlace(printOciName(name), before, digest);
    taken.set(text, digest);
    return name;
  };
}

function noPlaceForAll(to: string): DistError<"INVALID_INPUT"> {
  const reference = printable(to);
  return new DistError(
    "INVALID_INPUT",
    `\`${reference}\` is no place for all that a lockfile names`,
    { reference },
    {
      hint: "name what comes before their own paths, as in registry.example.com/mirror, or a layout without a tag",
    },
  );
}

function noRepository(text: string): DistError<"INVALID_INPUT"> {
  const reference = printable(text);
  const hint = "copy it by itself, to a repository that you name";
  const message = `\`${reference}\` is in no registry, so that nothing says which path it would have in another one`;
  return new DistError("INVALID_INPUT", message, { reference }, { hint });
}

function sharedPlace(place: string, before: Digest, digest: Digest): DistError<"INVALID_INPUT"> {
  const reference = printable(place);
  const message = `\`${reference}\` is to be ${before} and ${digest}`;
  const hint = "copy one of them by itself, to a repository that you name";
  return new DistError("INVALID_INPUT", message, { reference }, { hint });
}
