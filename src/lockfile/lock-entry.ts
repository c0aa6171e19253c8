import type { Digest } from "../core/index.ts";

/** One artifact that a lockfile names, whatever dialect it is written in. */
export interface LockEntry {
  /** Where it stands in the lock, counted from 0. */
  readonly index: number;
  /** What the lock calls it; in CBOR, its component id. */
  readonly name: string | undefined;
  /** As it stands there, or else the digest; {@link resolveEntryReference} says what it means. */
  readonly reference: string;
  /** Which versions the tag is chosen from when the lock is updated, as in `^1.2`; not checked. */
  readonly range: string | undefined;
  /** What the reference has to turn out to be: the digest of a manifest, or of the content. */
  readonly digest: Digest | undefined;
  /** Of the component's own bytes. */
  readonly contentDigest: Digest | undefined;
  readonly componentId: string | undefined;
  /** Where the file lies, in the lock's folder. Its text cannot lead out of there; a symbolic link still can. */
  readonly bundledPath: string | undefined;
  /** Whether the lock carries a signature. Nothing here looks at it. */
  readonly hasSignature: boolean;
  readonly sizeBytes: number | undefined;
  readonly mediaType: string | undefined;
}

/** What a lockfile is written in. */
export type LockDialect = "json-array" | "json-object" | "cbor";

/** A lockfile that was read. */
export interface Lockfile {
  readonly dialect: LockDialect;
  /** 1 when the lock does not say. */
  readonly schemaVersion: number;
  /** In the lock's order; in CBOR, where that means nothing, by component id. */
  readonly entries: readonly LockEntry[];
}

/** Upper bounds on a lockfile: its bytes, its entries, and how deep the values in it are nested. */
export const lockfileLimits = { bytes: 4_194_304, entries: 20_000, depth: 64 } as const;
