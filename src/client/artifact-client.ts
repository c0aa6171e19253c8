import { existsSync } from "node:fs";
import { type Cache, createCache } from "../cache/index.ts";
import { DistError, parseReference, printable, type Reference } from "../core/index.ts";
import { createSources } from "../sources/index.ts";
import type { ArtifactKind } from "./artifact-kind.ts";
import type { PulledArtifact, ResolvedReference } from "./cached-artifact.ts";
import { createNetwork } from "./network.ts";
import { pull, resolve } from "./pull.ts";
import type { PullContext } from "./pull-context.ts";
import { type DistClientOptions, resolveSettings } from "./settings.ts";

/** Resolves and pulls artifacts of one kind: what the public clients are thin wrappers of. */
export class ArtifactClient implements AsyncDisposable {
  readonly #context: PullContext;
  readonly #close: () => Promise<void>;

  constructor(kind: ArtifactKind, options: DistClientOptions) {
    const settings = resolveSettings(options, kind.cache);
    const { cacheDir, offline, bases, fixtureDir, now } = settings;
    const cache = createCache({ root: cacheDir, now });
    const network = offline ? undefined : createNetwork(settings);
    const source = createSources({ cache, network, bases, fixtureDir });
    this.#context = { settings, kind, cache, source };
    this.#close = async () => network?.close();
  }

  get cache(): Cache {
    return this.#context.cache;
  }

  /** What a reference means, as a digest. */
  async resolve(reference: string, signal: AbortSignal | undefined): Promise<ResolvedReference> {
    return resolve(this.#context, this.#parse(reference), signal);
  }

  /** Brings an artifact into the cache, unless it is there. */
  async pull(reference: string, signal: AbortSignal | undefined): Promise<PulledArtifact> {
    return pull(this.#context, this.#parse(reference), signal);
  }

  /** Lets go of connections. The client can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #parse(text: string): Reference {
    const reference = parseReference(text, { pathExists: existsSync });
    if (!this.#context.settings.allowTags && isTag(reference)) {
      const shown = printable(text);
      throw new DistError(
        "TAG_REFUSED",
        `digest pin required for \`${shown}\``,
        { reference: shown },
        {
          hint: "pin it with name@sha256:…; `greentic-dist resolve` prints the digest that a tag means",
        },
      );
    }
    return reference;
  }
}

function isTag(reference: Reference): boolean {
  if (reference.kind === "mapped") return !reference.target.includes("@");
  return reference.kind === "oci" && reference.name.digest === undefined;
}
