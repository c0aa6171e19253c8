import type { Digest } from "../../core/index.ts";
import { isManifests, type ViewFolder } from "./list.ts";

/** Which folders of a cache show which content. */
export interface ViewFolders {
  /** The folders that show a content. */
  readonly showing: (content: Digest) => Iterable<Digest>;
  /** What the folder of a manifest shows; `undefined` of any other folder. */
  readonly shownBy: (manifest: Digest) => Digest | undefined;
  /** Leaves folders out from now on. */
  readonly forget: (digests: Iterable<Digest>) => void;
}

/** The {@link ViewFolders} that were listed. */
export function indexFolders(folders: readonly ViewFolder[]): ViewFolders {
  const contents = new Map<Digest, Digest>();
  const manifests = new Set<Digest>();
  const showing = new Map<Digest, Set<Digest>>();
  for (const folder of folders) {
    const { digest, metadata: { contentDigest } = {} } = folder;
    if (contentDigest === undefined) continue;
    contents.set(digest, contentDigest);
    if (isManifests(folder)) manifests.add(digest);
    const others = showing.get(contentDigest) ?? new Set();
    showing.set(contentDigest, others.add(digest));
  }
  return {
    showing: (content) => showing.get(content) ?? [],
    shownBy: (manifest) => (manifests.has(manifest) ? contents.get(manifest) : undefined),
    forget(digests) {
      for (const digest of digests) {
        const content = contents.get(digest);
        if (content !== undefined) showing.get(content)?.delete(digest);
        contents.delete(digest);
        manifests.delete(digest);
      }
    },
  };
}
