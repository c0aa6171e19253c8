import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { DistError, parseReference, type Reference } from "../../core/index.ts";
import { type LockRecord, parseRangedReference, printLockfile } from "../../lockfile/index.ts";
import { describe } from "../describe.ts";
import { lockFailure } from "./lock-failure.ts";
import { nameOf, uniqueName } from "./lock-names.ts";
import { createChooseNewest } from "./newest-tag.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { folderOf, type OutputTarget, writeOutput } from "../files/output-target.ts";
import { settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";

/**
 * Writes a lockfile that pins what references mean now, and where one has a range in place of its tag, the highest version
 * in it; one that is given twice stands there once. Paths are written
 * as they lead from the lock's folder.
 * @throws {DistError} an error of which `isLockFailure` holds when references fail; nothing is written then
 */
export async function createLock(
  context: PullContext,
  output: OutputTarget,
  references: readonly string[],
  options: SettleOptions,
): Promise<readonly LockRecord[]> {
  if (references.length === 0) {
    throw new DistError("INVALID_INPUT", "there is no reference to lock", {}, { hint: "name at least one" });
  }
  const taken = new Set<string>();
  const items = [...new Set(references)].map((text): Item => {
    const ranged = existsSync(text) ? undefined : parseRangedReference(text, { takesPlaceholders: true });
    const reference: Reference =
      ranged === undefined
        ? parseReference(text, { pathExists: existsSync })
        : { ...parseReference(ranged.base, { pathExists: () => false }), text };
    return { reference, range: ranged?.range, name: uniqueName(nameOf(reference), taken) };
  });
  const folder = folderOf(output);
  const chooseNewest = createChooseNewest(context, options.signal);
  const lock = async ({ reference: asked, range: within, name }: Item): Promise<LockRecord> => {
    const reference = within === undefined ? asked : await chooseNewest(asked, within);
    const found = await describe(context, reference, options.signal);
    const { digest, contentDigest, sizeBytes, mediaType } = found;
    // A tag that is called as a range is no version out of it.
    const range = reference.text === asked.text ? undefined : within;
    const text = textFrom(folder, reference);
    return { name, reference: text, range, digest, contentDigest, sizeBytes, mediaType };
  };
  const outcomes = await settleAll(items, lock, options);
  const records = valuesOf(outcomes);
  if (records.length < items.length) {
    const entries = items.map(({ name, reference }) => ({ name, reference: reference.text }));
    throw lockFailure(undefined, entries, outcomes, []);
  }
  await writeOutput(output, Buffer.from(printLockfile(records)));
  return records;
}

interface Item {
  readonly reference: Reference;
  /** Which versions the tag is chosen from; `undefined` when it is said. */
  readonly range: string | undefined;
  readonly name: string;
}

/** A reference as it stands in a lock in `folder`: a relative path begins there. */
function textFrom(folder: string, reference: Reference): string {
  if (reference.kind !== "file" || isAbsolute(reference.path)) return reference.text;
  const way = relative(folder, resolve(reference.path));
  const text = way.replaceAll("\\", "/");
  return isAbsolute(way) || text.startsWith("../") ? text : `./${text}`;
}
