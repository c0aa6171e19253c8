import { existsSync } from "node:fs";
import type { Cache } from "../cache/index.ts";
import { DistError, parseReference, printable, type Reference } from "../core/index.ts";
import { createSources } from "../sources/index.ts";
import type { ArtifactKind } from "./pull/artifact-kind.ts";
import type { ListTagsOptions } from "./settings/call-options.ts";
import type { PulledArtifact, ResolvedReference } from "./cached-artifact.ts";
import type { DescribedArtifact } from "./describe.ts";
import { createLanes } from "./images/create-lanes.ts";
import { openCache } from "./open-cache.ts";
import { openNetwork } from "./network/open-network.ts";
import { openRetrier } from "./network/open-retrier.ts";
import { pull, resolve } from "./pull/pull.ts";
import type { PullContext } from "./pull/pull-context.ts";
import { type DistClientOptions, resolveSettings, type Settings } from "./settings/settings.ts";
import { SingleFlight } from "./pull/single-flight.ts";

/** Resolves and pulls artifacts of one kind: what the public clients are thin wrappers of. */
export class ArtifactClient implements AsyncDisposable {
  readonly #context: PullContext;
  readonly #close: () => Promise<void>;

  constructor(kind: ArtifactKind, options: DistClientOptions) {
    const settings = resolveSettings(options, kind.cache);
    const { offline, bases, fixtureDir } = settings;
    const cache = openCache(settings);
    const retrier = openRetrier(settings);
    const network = offline ? undefined : openNetwork(settings, retrier);
    const source = createSources({ cache, network, bases, fixtureDir, pinsBlobs: kind.pinsBlobs });
    this.#context = {
      settings,
      kind,
      cache,
      source,
      network,
      flights: new SingleFlight(),
      lanes: createLanes(),
      retrier,
    };
    this.#close = async () => network?.close();
  }

  /** What lockfiles are pulled and made with. */
  get context(): PullContext {
    return this.#context;
  }

  get cache(): Cache {
    return this.#context.cache;
  }

  get settings(): Settings {
    return this.#context.settings;
  }

  /** What a reference means, as a digest. */
  async resolve(reference: string, signal: AbortSignal | undefined): Promise<ResolvedReference> {
    return resolve(this.#context, this.#parse(reference), signal);
  }

  /** What an artifact is, without its bytes. */
  async describe(reference: string, signal: AbortSignal | undefined): Promise<DescribedArtifact> {
    const { describe } = await import("./describe.ts");
    return describe(this.#context, this.#parse(reference), signal);
  }

  /** The tags of a repository, all or those that are versions. */
  async listTags(repository: string, options: ListTagsOptions): Promise<readonly string[]> {
    return (await import("./list-tags.ts")).listTagsOf(this.#context, repository, options);
  }

  /** Brings an artifact into the cache, unless it is there. */
  async pull(reference: string, signal: AbortSignal | undefined): Promise<PulledArtifact> {
    return pull(this.#context, this.#parse(reference), signal);
  }

  /** Where the cache has an artifact, found without a network. */
  async cachedPath(reference: string, signal: AbortSignal | undefined): Promise<string> {
    const { cachedPath } = await import("./pull/cached-path.ts");
    return cachedPath(this.#context, this.#parse(reference), signal);
  }

  /** Lets go of connections. The client can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #parse(text: string): Reference {
    const reference = parseReference(text, { pathExists: existsSync });
    refuseTag(this.#context.settings, reference);
    return reference;
  }
}

/**
 * Refuses a reference that can change its meaning, where the settings do not allow it.
 * @throws {DistError} TAG_REFUSED
 */
export function refuseTag({ allowTags }: Settings, reference: Reference): void {
  if (allowTags || !isTag(reference)) return;
  const shown = printable(reference.text);
  throw new DistError(
    "TAG_REFUSED",
    `digest pin required for \`${shown}\``,
    { reference: shown },
    {
      hint: "pin it with name@sha256:… (`greentic-dist resolve` prints the digest), or allow tags: --allow-tags, in the library `allowTags`",
    },
  );
}

function isTag(reference: Reference): boolean {
  if (reference.kind === "mapped") return !reference.target.includes("@");
  return reference.kind === "oci" && reference.name.digest === undefined;
}
