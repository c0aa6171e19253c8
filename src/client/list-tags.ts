import {
  compareTags,
  DistError,
  invalidReference,
  printable,
  type Reference,
  versionOfTag,
} from "../core/index.ts";
import { splitVersion } from "../lockfile/index.ts";
import { mapReference } from "../sources/index.ts";
import type { ListTagsOptions } from "./settings/call-options.ts";
import { parseRegistryReference } from "./push/registry-reference.ts";
import type { PullContext } from "./pull/pull-context.ts";

/**
 * The tags of a repository, all or those that are versions.
 * @throws {DistError} INVALID_REFERENCE when it is none, or a tag or digest is named; INVALID_INPUT for a path and all else; OFFLINE
 */
export async function listTagsOf(
  context: PullContext,
  repository: string,
  { semver = false, signal }: ListTagsOptions,
): Promise<readonly string[]> {
  if (splitVersion(repository).mark !== "") {
    throw invalidReference(repository, "name a repository without a tag or digest, as in ghcr.io/acme/hello");
  }
  const { bases } = context.settings;
  const expected = "a repository like ghcr.io/acme/hello";
  const hint = "only repositories in a registry have tags";
  const tags = await listTags(context, parseRegistryReference(repository, { bases, hint, expected }), signal);
  if (!semver) return tags;
  return tags.filter((tag) => versionOfTag(tag) !== undefined).toSorted((a, b) => compareTags(b, a));
}

/**
 * All tags of the repository that a reference names, each once and in the registry's order.
 * @throws {DistError} INVALID_REFERENCE when it names none; OFFLINE
 */
export async function listTags(
  { settings, network }: PullContext,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const text = printable(reference.text);
  const mapped = mapReference(reference, settings);
  if (mapped.kind !== "oci")
    throw invalidReference(text, "expected registry/repository: only these have tags");
  if (network === undefined) {
    const hint = "leave --offline out (and GREENTIC_DIST_OFFLINE=1): only the registry knows its tags";
    throw new DistError(
      "OFFLINE",
      `offline mode forbids listing the tags of \`${text}\``,
      { reference: text },
      { hint },
    );
  }
  const registry = await network.registry();
  const { name, tenant } = mapped;
  const tags = await registry.listTags?.(name, { signal, tenant, reference: text });
  if (tags !== undefined) return tags;
  throw new TypeError("the registry client that was passed in cannot list tags");
}
