import { DistError, printable } from "../core/index.ts";
import {
  type DistributorCallOptions,
  DistributorError,
  type DistributorSource,
  isDistributorId,
} from "../distributor/index.ts";
import type { DistClient } from "./dist-client.ts";
import type { OciPackFetcher } from "./oci-pack-fetcher.ts";

/**
 * Where a registry keeps what has an id and a version. A template is a reference with `{id}` and `{version}` in it, as
 * in `oci://ghcr.io/acme/{id}:{version}`. What has none is not found.
 */
export interface RegistryDistributorSourceOptions {
  readonly components?: { readonly client: DistClient; readonly template: string } | undefined;
  /** The fetcher has to allow tags, unless the template pins. */
  readonly packs?: { readonly fetcher: OciPackFetcher; readonly template: string } | undefined;
}

/** What a tag can be, and a version in semver: no `@`, `/` or `:`, with which it could name something else. */
const versionPattern = /^[A-Za-z0-9._+-]+$/;

/**
 * A source over registries: everything is verified and cached on its way. The clients stay the caller's, to be disposed
 * of when the source is no longer used.
 */
export function createRegistryDistributorSource({
  components,
  packs,
}: RegistryDistributorSourceOptions): DistributorSource {
  return {
    fetchPack: async (packId, version, { signal }: DistributorCallOptions = {}) => {
      checkNames("pack", packId, version);
      if (packs === undefined) throw nothing("pack", packId, version);
      const reference = filled(packs.template, packId, version);
      return (await packs.fetcher.fetchPack(reference, { signal })).bytes;
    },
    fetchComponent: async (componentId, version, { signal }: DistributorCallOptions = {}) => {
      checkNames("component", componentId, version);
      if (components === undefined) throw nothing("component", componentId, version);
      const reference = filled(components.template, componentId, version);
      await using artifact = await components.client.openCached(reference, { signal });
      return await artifact.bytes();
    },
  };
}

function checkNames(what: string, id: string, version: string): void {
  if (!isDistributorId(id)) throw invalidInput(`\`${printable(id)}\` is no id of a ${what}`);
  if (!versionPattern.test(version))
    throw invalidInput(`\`${printable(version)}\` is no version of a ${what}`);
}

function filled(template: string, id: string, version: string): string {
  return template.replaceAll("{id}", id).replaceAll("{version}", version);
}

function invalidInput(message: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", message, {});
}

function nothing(what: string, id: string, version: string): DistributorError<"not_found"> {
  return new DistributorError("not_found", `${what} ${id} ${version}, for which no registry is known`, {
    details: {},
  });
}
