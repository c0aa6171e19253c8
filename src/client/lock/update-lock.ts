import {
  hexOf,
  isDigest,
  DistError,
  isJsonObject,
  type JsonObject,
  parseJson,
  printable,
} from "../../core/index.ts";
import type { DescribedArtifact } from "../describe.ts";
import { compareItems, type ComparedItem, type MovedEntry } from "./check-lock.ts";
import { referenceKeys } from "../../lockfile/index.ts";
import { nameOf, uniqueName } from "./lock-names.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { type LockItem, readLock } from "./read-lock.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { SettleOptions } from "../settle-all.ts";

/**
 * Pins what the references of a lockfile mean now: those of the entries that are named, or of all. Everything else in
 * the file stays as it is, also what has no meaning here; a file in which nothing moved is not written.
 * @returns the entries that were changed
 * @throws {DistError} INVALID_INPUT for a name that is not there, or a lock in CBOR; and what `checkLock` throws
 */
export async function updateLock(
  context: PullContext,
  path: string,
  names: readonly string[],
  options: SettleOptions,
): Promise<readonly MovedEntry[]> {
  const { bytes, dialect, items } = await readLock(path, { takesRanges: true });
  if (dialect === "cbor") throw notWritten(path);
  const chosen = chooseItems(items, names, path);
  const compared = await compareItems(context, path, chosen, options);
  const changes = compared.flatMap((item) => {
    const change = item.moved ?? newPin(item);
    return change === undefined ? [] : [{ ...item, change }];
  });
  if (changes.length === 0) return [];
  const document = parseJson(bytes);
  const list = isJsonObject(document) ? document["components"] : document;
  if (!Array.isArray(list)) throw new TypeError("a lockfile that was read has a list of entries");
  const taken = new Set(items.flatMap(({ entry }) => entry.name ?? []));
  const byIndex = new Map(changes.map((item) => [item.entry.index, item]));
  const entries = list.map((raw: unknown, i): unknown => {
    const item = byIndex.get(i);
    return item === undefined ? raw : pinned(raw, item, taken);
  });
  const value = isJsonObject(document) ? { ...document, components: entries } : entries;
  await replaceFile(path, printLike(new TextDecoder().decode(bytes), value));
  return changes.map(({ change }) => change);
}

function chooseItems(
  items: readonly LockItem[],
  names: readonly string[],
  path: string,
): readonly LockItem[] {
  if (names.length === 0) return items;
  const unknown = names.find((name) => !items.some(({ entry }) => entry.name === name));
  if (unknown === undefined) return items.filter(({ entry: { name } }) => names.includes(name ?? ""));
  const message = `\`${printable(path)}\` has no entry \`${printable(unknown)}\``;
  const hint = "names are those under `name` in the lockfile";
  throw new DistError("INVALID_INPUT", message, { path: printable(path) }, { hint });
}

/** The change of an entry that pinned nothing. */
function newPin({ entry, found }: ComparedItem): MovedEntry | undefined {
  if (entry.digest !== undefined || entry.contentDigest !== undefined) return undefined;
  const { name, reference, range } = entry;
  return { name, reference, range, movedTo: undefined, expected: undefined, actual: found.digest };
}

/** An entry as it stands in the file, with what was found. Spellings, order and further keys stay. */
function pinned(
  raw: unknown,
  { entry, reference, found, moved }: ComparedItem,
  taken: Set<string>,
): JsonObject {
  const fresh = freshFields(found);
  const { resolved_digest: _, sha256: __, ...fields } = fresh;
  const { range } = entry;
  const ref = moved?.movedTo ?? entry.reference;
  if (!isJsonObject(raw)) return { name: uniqueName(nameOf(reference), taken), ref, range, ...fields };
  const renewed = Object.entries(raw).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
    if (value === null) return [[key, value]];
    // A range that stood in the reference gets a key of its own, for the reference is now that of its newest tag.
    if (referenceKeys.has(key)) {
      return range === undefined || Object.hasOwn(raw, "range")
        ? [[key, ref]]
        : [
            [key, ref],
            ["range", range],
          ];
    }
    if (!Object.hasOwn(fresh, key)) return [[key, value]];
    const isPrefixed = typeof value === "string" && isDigest(value) && key.endsWith("sha256");
    return [[key, isPrefixed ? found.contentDigest : fresh[key]]];
  });
  const isPinned = entry.digest !== undefined || entry.contentDigest !== undefined;
  return { ...Object.fromEntries(renewed), ...(isPinned ? undefined : fields) };
}

/** What can be said of an artifact, under every key that says it; what is not known is left out of the file. */
function freshFields({ digest, contentDigest, sizeBytes, mediaType }: DescribedArtifact): JsonObject {
  const hex = contentDigest === undefined ? undefined : hexOf(contentDigest);
  return {
    digest,
    resolved_digest: digest,
    wasm_sha256: hex,
    sha256: hex,
    size_bytes: sizeBytes,
    media_type: mediaType,
  };
}

/** JSON with the indentation of `text`. */
function printLike(text: string, value: unknown): string {
  const indent = /\n([ \t]+)/.exec(text)?.[1];
  return `${JSON.stringify(value, undefined, indent)}${text.endsWith("\n") ? "\n" : ""}`;
}

function notWritten(path: string): DistError<"INVALID_INPUT"> {
  const shown = printable(path);
  const hint =
    "`greentic-dist lock convert FILE --to json-object -o FILE` makes a lockfile that can be updated; or make it again with the tool that wrote it";
  const message = `\`${shown}\` is in CBOR, which is converted but not updated`;
  return new DistError("INVALID_INPUT", message, { path: shown }, { hint });
}
