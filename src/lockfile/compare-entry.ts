import type { Digest } from "../core/index.ts";
import type { LockEntry } from "./lock-entry.ts";

/** What a lock pins of an artifact. */
export type LockPins = Partial<Pick<LockEntry, "digest" | "contentDigest">>;

/** What a reference means now. */
export interface CurrentDigests {
  /** Of the manifest or index, or of the content where there is none. */
  readonly digest: Digest;
  /** Of the content, when it is known. */
  readonly contentDigest?: Digest | undefined;
}

/** How an entry stands to what its reference means now; `expected` is what the lock pins. */
export type EntryComparison =
  | { readonly state: "same" }
  | { readonly state: "moved"; readonly expected: Digest; readonly actual: Digest }
  /** The lock pins nothing, or only a content whose digest is not known now. */
  | { readonly state: "unknown" };

/**
 * Compares an entry with what its reference means now. The lock's digest may be that of the manifest or of the
 * content; a content digest that is not known can only be taken for a difference there, so give it when you have it.
 */
export function compareEntry(entry: LockPins, current: CurrentDigests): EntryComparison {
  const { digest, contentDigest } = current;
  const { digest: pin, contentDigest: contentPin } = entry;
  const comparesContent = contentPin !== undefined && contentDigest !== undefined;
  if (pin !== undefined && pin !== digest && pin !== contentDigest) {
    return { state: "moved", expected: pin, actual: digest };
  }
  if (comparesContent && contentPin !== contentDigest) {
    return { state: "moved", expected: contentPin, actual: contentDigest };
  }
  return { state: pin !== undefined || comparesContent ? "same" : "unknown" };
}
