import { type Descriptor, type Digest, inParallel, once, subjectOf } from "../core/index.ts";
import { type Layout, readLayoutManifest } from "./layout.ts";

/**
 * What in a layout names a manifest as its subject: of what its `index.json` lists, for there referrers stand. All of
 * that is read, once, when the first one is asked for.
 */
export function referrersIn(layout: Layout): (subject: Digest) => Promise<readonly Descriptor[]> {
  const entries = once(() =>
    inParallel(layout.index.manifests, async (entry) => {
      const document = await readLayoutManifest(layout, entry.digest, entry.mediaType);
      return { entry, subject: subjectOf(document) };
    }),
  );
  return async (subject) => {
    const referrers = (await entries()).filter((one) => one.subject === subject);
    return [...new Map(referrers.map(({ entry }) => [entry.digest, entry])).values()];
  };
}
