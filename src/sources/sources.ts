import { join } from "node:path";
import type { Cache } from "../cache/index.ts";
import { DistError, printable, type Reference, type ReferenceOf } from "../core/index.ts";
import type { Http } from "../http/index.ts";
import type { RegistryClient } from "../registry/index.ts";
import { createCacheSource } from "./cache-source.ts";
import { mapToOci, type RegistryBases } from "./mapped.ts";
import { createOciSource } from "./oci-source.ts";
import type { Source } from "./source.ts";

/** What sources need of the network. Each is made by the first reference that needs it. */
export interface Network {
  readonly http: () => Promise<Http>;
  readonly registry: () => Promise<RegistryClient>;
  readonly allowLoopbackHttp: boolean;
}

/** How {@link createSources} makes a {@link Source} for every kind of reference. */
export interface SourcesOptions {
  readonly cache: Cache;
  /** `undefined` for a client that is offline: then the cache answers in place of the network. */
  readonly network: Network | undefined;
  readonly bases: RegistryBases;
  /** Whether a pin may be the digest of the artifact itself, and not of its manifest. */
  readonly pinsBlobs: boolean;
  /** Where `fixture://` looks. */
  readonly fixtureDir: string | undefined;
}

/** One source for every kind of reference. What only some kinds need is loaded when one of them comes. */
export function createSources({ cache, network, bases, fixtureDir, pinsBlobs }: SourcesOptions): Source {
  const held = createCacheSource(cache);
  const resolve: Source["resolve"] = async (reference, options) => {
    switch (reference.kind) {
      case "digest":
        return held.resolve(reference, options);
      case "file": {
        const { createFileSource } = await import("./file-source.ts");
        return createFileSource().resolve(reference, options);
      }
      case "layout": {
        const { createLayoutSource } = await import("./layout-source.ts");
        return createLayoutSource().resolve(reference, options);
      }
      case "oci": {
        if (pinsBlobs) {
          const { createBlobSource } = await import("./blob-source.ts");
          return createBlobSource({ registry: network?.registry, cache, held }).resolve(reference, options);
        }
        if (network === undefined) return held.resolve(reference, options);
        return createOciSource({ registry: network.registry, cache }).resolve(reference, options);
      }
      case "https": {
        if (network === undefined) return held.resolve(reference, options);
        const { createHttpsSource } = await import("./https-source.ts");
        const { allowLoopbackHttp } = network;
        const source = createHttpsSource({ http: await network.http(), cache, allowLoopbackHttp });
        return source.resolve(reference, options);
      }
      case "mapped":
      case "fixture":
        return resolve(mapReference(reference, { bases, fixtureDir }), options);
    }
  };
  return { resolve };
}

/**
 * What `repo://`, `store://` and `fixture://` references stand for; any other stands for itself.
 * @throws {DistError} UNMAPPED when nothing says for what; INVALID_REFERENCE when what results is no reference
 */
export function mapReference(
  reference: Reference,
  { bases, fixtureDir }: Pick<SourcesOptions, "bases" | "fixtureDir">,
): Exclude<Reference, { kind: "mapped" | "fixture" }> {
  if (reference.kind === "mapped") return mapToOci(reference, bases);
  return reference.kind === "fixture" ? fixtureFile(reference, fixtureDir) : reference;
}

function fixtureFile(
  { text, fixture }: ReferenceOf<"fixture">,
  dir: string | undefined,
): ReferenceOf<"file"> {
  if (dir !== undefined) return { kind: "file", text, path: join(dir, `${fixture}.wasm`) };
  const reference = printable(text);
  throw new DistError(
    "UNMAPPED",
    `resolution unavailable for \`${reference}\``,
    { reference, variable: "GREENTIC_FIXTURE_DIR" },
    { hint: "set GREENTIC_FIXTURE_DIR to the folder that holds the fixtures" },
  );
}
