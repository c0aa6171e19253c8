/**
 * The library's verbs over one pull: what a reference means, where its artifact lies. Reads the environment and the
 * user's options, once, and joins sources and cache. Prints nothing.
 * @module
 */
export { type CallOptions, DistClient, type OpenArtifact } from "./dist-client.ts";
export type { CachedArtifact, ResolvedReference } from "./cached-artifact.ts";
export type { Environment } from "./environment.ts";
export type { DistClientOptions } from "./settings.ts";
