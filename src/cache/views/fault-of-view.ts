import { readdirSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isComponentManifest } from "../../core/index.ts";
import type { IsGood } from "../hashing/create-check.ts";
import { ifPresent, ifPresentSync } from "../files/io-errors.ts";
import type { ViewFolder } from "./list.ts";
import { viewNames } from "./metadata.ts";
import { readManifestSync } from "../read-manifest-sync.ts";
import { keptSuffix, type Store } from "../store.ts";
import { linkTarget } from "./views.ts";

/** A file that does not have the bytes that it should, or is not there. */
export interface Fault {
  readonly path: string;
  readonly expected: Digest;
}

/**
 * What is wrong with a view folder. One that holds nothing, or nothing but a metadata.json, has lost its file. Else only
 * folders are judged whose metadata.json is ours and fits their name: it holds a `content_digest`, and that or its
 * `manifest_digest` is the folder's. What another program laid out may lie under a manifest's digest, and nobody can
 * tell what its file should be. A file that is missing counts only when nothing
 * is in the making: whoever shows an artifact puts its files in place one by one.
 */
export async function faultOfView(
  store: Store,
  folder: ViewFolder,
  isGood: IsGood,
): Promise<Fault | undefined> {
  const fault = await findFault(store, folder, isGood);
  if (fault === undefined || (await ifPresent(lstat(fault.path))) !== undefined) return fault;
  const inTheMaking = (await ifPresent(readdir(store.ingest))) ?? [];
  return inTheMaking.every((name) => name.endsWith(keptSuffix))
    ? findFault(store, folder, isGood)
    : undefined;
}

async function findFault(
  store: Store,
  { digest, metadata }: ViewFolder,
  isGood: IsGood,
): Promise<Fault | undefined> {
  const content = metadata?.contentDigest;
  const manifestDigest = metadata?.manifestDigest;
  const folder = store.view(digest);
  const entries = ifPresentSync(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  const names = entries.map(({ name }) => name);
  const isBare = !names.some((name) => name !== viewNames.metadata);
  if (content === undefined && isBare) return { path: join(folder, viewNames.component), expected: digest };
  if (content === undefined || (content !== digest && manifestDigest !== digest)) return undefined;
  const candidates = [viewNames.component, viewNames.pack, viewNames.componentManifest];
  const fileName = candidates.find((name) => names.includes(name)) ?? viewNames.component;
  const path = join(folder, fileName);
  const isFile = entries.find(({ name }) => name === fileName)?.isFile() === true;
  const target = (isFile ? undefined : await linkTarget(path)) ?? path;
  if (!(await isGood(target, content))) return { path: target, expected: content };
  if (fileName !== viewNames.component || manifestDigest === undefined) return undefined;
  const isDue = manifestDigest === digest || names.includes(viewNames.componentManifest);
  const companion = isDue ? companionOf(store, manifestDigest, content) : undefined;
  if (companion === undefined) return undefined;
  const companionPath = join(folder, viewNames.componentManifest);
  return (await isGood(companionPath, companion)) ? undefined : { path: companionPath, expected: companion };
}

/** The component manifest that a manifest puts beside its component. */
function companionOf(store: Store, manifestDigest: Digest, content: Digest): Digest | undefined {
  const manifest = readManifestSync(store, manifestDigest);
  if (manifest?.kind !== "image") return undefined;
  return manifest.layers.find((layer) => isComponentManifest(layer) && layer.digest !== content)?.digest;
}
