import { dirname, resolve } from "node:path";
import type { Digest } from "../../core/index.ts";
import { ifPresent } from "../files/io-errors.ts";
import { readlink } from "../files/quick-fs.ts";
import { readJson, statsAt } from "../files/read-file.ts";
import { isWhole } from "../hashing/hash-file.ts";
import { type Metadata, parseMetadata, viewNames } from "./metadata.ts";
import { pathOf, type Store } from "../store.ts";

/** An artifact whose blobs are in the store, and how it is to be seen from outside. */
export interface Artifact {
  readonly content: Digest;
  /** Name of the file that holds the content. */
  readonly fileName: string;
  /** The blob of the component manifest that goes with it. */
  readonly componentManifest: Digest | undefined;
  /** A second name for the content, which the component manifest gives. `fileName` is then a relative link to it. */
  readonly wasmName: string | undefined;
  readonly metadata: Metadata;
}

/** What {@link isWholeView} compares with: as much of an {@link Artifact} as is known without reading its blobs. */
export type ViewContent = Pick<Artifact, "content" | "fileName" | "componentManifest">;

/** Whether the folder of `digest` shows what it should, each file of it verified. */
export async function isWholeView(
  store: Store,
  digest: Digest,
  { content, fileName, componentManifest }: ViewContent,
): Promise<boolean> {
  const folder = store.view(digest);
  const companion = pathOf(folder, viewNames.componentManifest);
  if (componentManifest !== undefined && !(await isWhole(store, companion, componentManifest))) return false;
  const path = pathOf(folder, fileName);
  if (await isWhole(store, path, content)) return true;
  const target = await linkTarget(path);
  return target !== undefined && (await isWhole(store, target, content));
}

/** The file in the same folder that a link names; `undefined` for anything else. Rust made absolute ones. */
export async function linkTarget(path: string): Promise<string | undefined> {
  const text = statsAt(path)?.isSymbolicLink() === true ? await ifPresent(readlink(path)) : undefined;
  const target = text === undefined ? undefined : resolve(dirname(path), text);
  return target !== undefined && dirname(target) === dirname(path) ? target : undefined;
}

/** What `metadata.json` in the folder of `digest` says. */
export async function readMetadata(store: Store, digest: Digest): Promise<Metadata | undefined> {
  const value = await readJson(pathOf(store.view(digest), viewNames.metadata));
  return value === undefined ? undefined : parseMetadata(value);
}
