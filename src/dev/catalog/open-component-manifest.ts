import { basename, dirname, join } from "node:path";
import { type OpenFile, viewNames } from "../../cache/index.ts";
import { withIoError } from "./io-error.ts";
import { openInside } from "./inside.ts";
import type { ServedArtifact } from "./scan.ts";

/**
 * Opens the `component.manifest.json` that goes with an artifact: beside a `component.wasm`, in the folder of its id and
 * version. `undefined` when there is none inside `root`.
 * @throws {DistError} IO
 */
export async function openComponentManifest(
  root: string,
  { path }: ServedArtifact,
): Promise<OpenFile | undefined> {
  if (basename(path) !== viewNames.component) return undefined;
  const beside = join(dirname(path), viewNames.componentManifest);
  return withIoError(beside, () => openInside(root, beside));
}
