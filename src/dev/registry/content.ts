import type { Digest } from "../../core/index.ts";

/** A blob or a manifest of a registry. */
export interface RegistryItem {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from `start` up to, not including, `end`, which lie within `size`. A stream holds what it reads from open
   * until it is read to its end or cancelled. `undefined` when the item has gone away or changed since it was found.
   */
  readonly open: (
    start: number,
    end: number,
  ) => Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined>;
}

/** A manifest that names another as its `subject`: an entry of the index that the referrers API answers with. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** What a registry has to say, whatever it is kept in. Names, tags and digests come checked against their grammars. */
export interface RegistryContent {
  /** The names of all repositories, in any order. */
  readonly repositories: () => Promise<readonly string[]>;
  /** The tags of a repository, in any order; `undefined` when there is no such repository. */
  readonly tags: (repository: string) => Promise<readonly string[] | undefined>;
  readonly manifestByTag: (repository: string, tag: string) => Promise<RegistryItem | undefined>;
  readonly manifest: (repository: string, digest: Digest) => Promise<RegistryItem | undefined>;
  readonly blob: (repository: string, digest: Digest) => Promise<RegistryItem | undefined>;
  /** The manifests whose `subject` is `digest`, whether or not there is such a manifest. */
  readonly referrers: (repository: string, digest: Digest) => Promise<readonly Referrer[]>;
}
