import { join } from "node:path";
import {
  DistError,
  isDigest,
  isJsonObject,
  type JsonObject,
  limits,
  mediaTypes,
  parseJson,
  printable,
} from "../core/index.ts";
import { refNameKey } from "./find-entry.ts";
import { invalidLayout } from "./invalid-layout.ts";
import { type NewLayoutEntry, printEntry } from "./layout-entries.ts";
import { checkMarker, layoutFiles, maxMarkerBytes } from "./layout-files.ts";
import { parseIndex, readSmall } from "./layout.ts";
import { findInFolder } from "./open-layout.ts";

/** How {@link addToIndex} adds. */
export interface AddToIndexOptions {
  /** Names the layout in messages. */
  readonly path: string;
  /** Whether names may change what they mean. */
  readonly force: boolean;
}

/**
 * The `index.json` of a layout in a folder; `undefined` where there is no layout yet.
 * @throws {DistError} INVALID_INPUT when it is one that cannot be used
 */
export async function readIndexBytes(path: string): Promise<Uint8Array | undefined> {
  const find = (name: string) => findInFolder(join(path, name));
  const marker = await find(layoutFiles.marker);
  if (marker === undefined) return undefined;
  checkMarker(await readSmall(marker, maxMarkerBytes), path);
  const index = await find(layoutFiles.index);
  // A process that was stopped between the two leaves a layout with nothing in it.
  if (index === undefined) return undefined;
  const bytes = await readSmall(index, limits.manifestBytes);
  parseIndex(bytes, path);
  return bytes;
}

/**
 * An `index.json` that lists more. What it says already stays as it is, but for names that move on to what is added.
 * @throws {DistError} TAG_EXISTS when a name means something else and must not be changed; INVALID_INPUT when there are too
 * many entries
 */
export function addToIndex(
  bytes: Uint8Array | undefined,
  entries: readonly NewLayoutEntry[],
  { path, force }: AddToIndexOptions,
): Uint8Array {
  const before = bytes === undefined ? {} : parseJson(bytes);
  const document = isJsonObject(before) ? before : {};
  const listed = Array.isArray(document["manifests"]) ? document["manifests"].filter(isJsonObject) : [];
  let manifests: readonly JsonObject[] = listed;
  for (const entry of entries) {
    const { name, digest } = entry;
    const sameName = manifests.find((one) => name !== undefined && nameOf(one) === name);
    if (name === undefined && manifests.some((one) => one["digest"] === digest)) continue;
    if (sameName?.["digest"] === digest) continue;
    if (sameName !== undefined && !force) throw nameExists(path, entry, sameName);
    const kept = manifests.map((one) => (one === sameName ? withoutName(one) : one));
    manifests = [...kept, printEntry(entry)];
  }
  if (manifests.length > limits.descriptorsPerManifest)
    throw invalidLayout(path, `would list more than ${limits.descriptorsPerManifest} artifacts`);
  const index = { ...document, schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return Buffer.from(JSON.stringify(index));
}

function nameOf(entry: JsonObject): unknown {
  const { annotations } = entry;
  return isJsonObject(annotations) ? annotations[refNameKey] : undefined;
}

function withoutName(entry: JsonObject): JsonObject {
  const { annotations, ...rest } = entry;
  const { [refNameKey]: _, ...others } = isJsonObject(annotations) ? annotations : {};
  return Object.keys(others).length > 0 ? { ...rest, annotations: others } : rest;
}

function nameExists(
  path: string,
  { name = "", digest }: NewLayoutEntry,
  { digest: before }: JsonObject,
): DistError<"TAG_EXISTS"> {
  const reference = printable(`oci-layout:${path}:${name}`);
  const actual = typeof before === "string" && isDigest(before) ? before : "something else";
  return new DistError(
    "TAG_EXISTS",
    `\`${reference}\` means something else: expected ${digest}, got ${actual}`,
    { reference, tag: printable(name), expected: digest, actual },
    { hint: "choose another name or another folder, or let it mean this one from now on with --force" },
  );
}
