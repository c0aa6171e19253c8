import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { linkTarget, viewNames } from "../cache/index.ts";
import { ArtifactClient } from "./artifact-client.ts";
import { componentKind } from "./pull/artifact-kind.ts";
import type { DescribedArtifact } from "./describe.ts";
import type { CallOptions } from "./settings/call-options.ts";
import type { DistClientOptions } from "./settings/settings.ts";
import { together } from "./pull/together.ts";

/** What {@link OciComponentResolver.resolveRefs} is to resolve. */
export interface ComponentRefs {
  readonly refs: readonly string[];
  /** `eager` brings the components into the cache, `lazy` only finds out what they are. Default: `eager`. */
  readonly mode?: "eager" | "lazy" | undefined;
}

/**
 * A component that a reference means. `contentDigest` and `mediaType` are `undefined` where only the bytes of a
 * component manifest could tell, and it was to be lazy.
 */
export interface ResolvedComponent extends Omit<DescribedArtifact, "sizeBytes"> {
  /** The verified file, under the name that the component manifest gives it, if any; `undefined` when lazy. */
  readonly cachePath: string | undefined;
  /** The `component.manifest.json`, when the component has one; `undefined` when lazy. */
  readonly manifestPath: string | undefined;
  /** Whether this call brought bytes of it into the cache. */
  readonly fetched: boolean;
}

/** How many references are resolved together. */
const parallelRefs = 8;

/**
 * Resolves the references of a pack's components.
 *
 * Every method may throw a `DistError`: TAG_REFUSED for a tag without `allowTags`, and whatever a pull can.
 */
export class OciComponentResolver implements AsyncDisposable {
  readonly #components: ArtifactClient;

  /** Works as a `DistClient` does and on the same cache, but refuses tags unless `allowTags` is true. */
  constructor(options: DistClientOptions = {}) {
    this.#components = new ArtifactClient(componentKind, {
      ...options,
      allowTags: options.allowTags ?? false,
    });
  }

  /** Resolves references, some at a time, and returns what they mean in their order. One that fails stops the others. */
  async resolveRefs(
    { refs, mode = "eager" }: ComponentRefs,
    { signal }: CallOptions = {},
  ): Promise<readonly ResolvedComponent[]> {
    const resolve = mode === "eager" ? this.#pull : this.#describe;
    const queue = refs.entries();
    const results = new Map<number, ResolvedComponent>();
    await together(signal, (stop) =>
      Array.from({ length: parallelRefs }, async () => {
        for (const [i, reference] of queue) results.set(i, await resolve(reference, stop));
      }),
    );
    return refs.flatMap((_, i) => results.get(i) ?? []);
  }

  /** Lets go of connections. The resolver can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#components[Symbol.asyncDispose]();
  }

  readonly #pull = async (reference: string, signal: AbortSignal): Promise<ResolvedComponent> => {
    const artifact = await this.#components.pull(reference, signal);
    const { cachePath } = artifact;
    const manifestPath = join(dirname(cachePath), viewNames.componentManifest);
    return {
      ...artifact,
      cachePath: (await linkTarget(cachePath)) ?? cachePath,
      manifestPath: existsSync(manifestPath) ? manifestPath : undefined,
    };
  };

  readonly #describe = async (reference: string, signal: AbortSignal): Promise<ResolvedComponent> => {
    const { sizeBytes: _, ...described } = await this.#components.describe(reference, signal);
    return { ...described, cachePath: undefined, manifestPath: undefined, fetched: false };
  };
}
