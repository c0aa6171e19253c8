import type { Descriptor, Digest, ManifestDocument, OnEvent, Reference } from "../core/index.ts";
import type { Meaning } from "../cache/index.ts";
import type { PartialBytes, RestOf } from "../http/index.ts";

/** Where artifacts come from: the port behind which registries, servers, files and the cache itself look alike. */
export interface Source<R extends Reference = Reference> {
  /**
   * Finds out what a reference means now. Bytes of an artifact are not moved before they are asked for.
   * @throws {DistError} NOT_FOUND, NOT_CACHED, OFFLINE, and what the network or the file system can answer
   */
  readonly resolve: (reference: R, options: ResolveOptions) => Promise<Resolution>;
}

/** How {@link Source.resolve} runs. */
export interface ResolveOptions {
  readonly signal: AbortSignal | undefined;
  readonly onEvent: OnEvent;
  /** What a web address was just found to mean, by another process: then its server is not asked. */
  readonly known?: Meaning | undefined;
}

/** What a reference means: a manifest that describes an artifact, or the artifact itself. */
export type Resolution = ManifestResolution | ContentResolution;

/** A reference that leads to a manifest or an index. */
export interface ManifestResolution {
  readonly kind: "manifest";
  /** Its digest is the resolved digest. */
  readonly root: ManifestDocument;
  /** The verified document of an entry of an index. */
  readonly load: (
    entry: Pick<Descriptor, "digest"> & Partial<Pick<Descriptor, "mediaType">>,
  ) => Promise<ManifestDocument>;
  /**
   * The bytes of a layer, not yet verified; or the rest of them, where it can be had. Rejects where there is nowhere to
   * get them from.
   */
  readonly open: (layer: Descriptor, signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  /** Manifests that name this one as their subject. Default: it cannot say. */
  readonly referrersOf?:
    | ((digest: Digest, signal: AbortSignal | undefined) => Promise<readonly Descriptor[]>)
    | undefined;
  readonly note: Note | undefined;
}

/** A reference that leads to bytes without a manifest. */
export interface ContentResolution {
  readonly kind: "content";
  /** `undefined` when the bytes must be read to know it. */
  readonly digest: Digest | undefined;
  /** In bytes, where it is known. */
  readonly size: number | undefined;
  readonly mediaType: string;
  /** The same as of a {@link ManifestResolution}. Never the rest of other bytes than those that were opened first. */
  readonly open: (signal: AbortSignal | undefined, rest?: RestOf) => Promise<PartialBytes>;
  /** Gives up what was not opened or not read to its end. Never throws. */
  readonly discard: () => void;
  readonly note: Note | undefined;
}

/** What is to be noted once a reference was found to mean something, so that it can be served offline. */
export interface Note {
  /** The reference in its one canonical form. Never written down as it is: it may hold secrets. */
  readonly canonical: string;
  /** The same without secrets. */
  readonly shown: string;
  readonly etag: Meaning["etag"];
}
