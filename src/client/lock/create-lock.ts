import { existsSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { DistError, parseReference, type Reference } from "../../core/index.ts";
import { type LockRecord, printLockfile } from "../../lockfile/index.ts";
import { describe } from "../describe.ts";
import { lockFailure } from "./lock-failure.ts";
import { nameOf, uniqueName } from "./lock-names.ts";
import type { PullContext } from "../pull-context.ts";
import { replaceFile } from "../replace-file.ts";
import { settleAll, type SettleOptions, valuesOf } from "../settle-all.ts";

/**
 * Writes a lockfile that pins what references mean now; one that is given twice stands there once. Paths are written
 * as they lead from the lock's folder.
 * @throws {DistError} an error of which `isLockFailure` holds when references fail; nothing is written then
 */
export async function createLock(
  context: PullContext,
  path: string,
  references: readonly string[],
  options: SettleOptions,
): Promise<readonly LockRecord[]> {
  if (references.length === 0) {
    throw new DistError("INVALID_INPUT", "there is no reference to lock", {}, { hint: "name at least one" });
  }
  const taken = new Set<string>();
  const items = [...new Set(references)].map((text) => {
    const reference = parseReference(text, { pathExists: existsSync });
    return { reference, name: uniqueName(nameOf(reference), taken) };
  });
  const folder = dirname(resolve(path));
  const lock = async ({ reference, name }: (typeof items)[number]): Promise<LockRecord> => {
    const found = await describe(context, reference, options.signal);
    const { digest, contentDigest, sizeBytes, mediaType } = found;
    return { name, reference: textFrom(folder, reference), digest, contentDigest, sizeBytes, mediaType };
  };
  const outcomes = await settleAll(items, lock, options);
  const records = valuesOf(outcomes);
  if (records.length < items.length) {
    const entries = items.map(({ name, reference }) => ({ name, reference: reference.text }));
    throw lockFailure(path, entries, outcomes, []);
  }
  await replaceFile(path, printLockfile(records));
  return records;
}

/** A reference as it stands in a lock in `folder`: a relative path begins there. */
function textFrom(folder: string, reference: Reference): string {
  if (reference.kind !== "file" || isAbsolute(reference.path)) return reference.text;
  const way = relative(folder, resolve(reference.path));
  const text = way.replaceAll("\\", "/");
  return isAbsolute(way) || text.startsWith("../") ? text : `./${text}`;
}
