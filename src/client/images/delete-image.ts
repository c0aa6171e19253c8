import {
  type Digest,
  DistError,
  inParallel,
  invalidReference,
  isDistError,
  printable,
} from "../../core/index.ts";
import { splitVersion } from "../../lockfile/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { notInRepository, type OpenRepository, openRepository } from "./open-repository.ts";

/** What is deleted. */
export interface Deletion {
  /** As it was given. */
  readonly reference: string;
  /** Of the manifest or index. */
  readonly digest: Digest;
  /** The tag that goes and leaves the manifest; `undefined` when the manifest goes. */
  readonly tag: string | undefined;
  /**
   * Other tags that mean the manifest: they stay where a tag is deleted, and go with the manifest. `undefined` when they
   * cannot be found out, or there are more than 1,000 tags.
   */
  readonly otherTags: readonly string[] | undefined;
}

/** How something is deleted. */
export interface DeleteImageOptions {
  /** Hears what will be deleted, and whether others mean it; nothing is when it says `false`. Default: it is. */
  readonly confirm?: ((deletion: Deletion) => Promise<boolean>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many tags are asked what they mean. */
const maxAsked = 1000;

/**
 * Deletes what `text` names in its registry: a tag, or by its digest a manifest with all its tags.
 * @returns `undefined` when it was not confirmed
 * @throws {DistError} INVALID_REFERENCE when it names neither or both; NOT_FOUND; INVALID_INPUT when the registry does not
 * delete
 */
export async function deleteImage(
  context: PullContext,
  text: string,
  { confirm, signal }: DeleteImageOptions,
): Promise<Deletion | undefined> {
  const shown = printable(text);
  const repository = await openRepository(context, text);
  const { name, tenant, writer } = repository;
  if (splitVersion(text).mark === "" || (name.digest !== undefined && name.tag !== undefined)) {
    throw invalidReference(
      text,
      "name either a tag or a digest to delete: registry/repository:tag or …@sha256:…",
    );
  }
  const call = { signal, tenant, reference: shown };
  const digest = await writer.findManifest(name, { ...call, action: "before-delete" });
  if (digest === undefined) throw notInRepository(shown, name);
  const { tag } = name;
  const deletion = { reference: text, digest, tag, otherTags: await otherTags(repository, digest, call) };
  if (confirm !== undefined && !(await confirm(deletion))) return undefined;
  try {
    await writer.deleteManifest(name, call);
  } catch (error) {
    if (!isDistError(error, "INVALID_INPUT") || tag === undefined) throw error;
    throw new DistError(error.code, error.message, error.details, {
      hint: byDigest(deletion),
      cause: error.cause,
    });
  }
  return deletion;
}

type Call = Parameters<OpenRepository["writer"]["findManifest"]>[1];

/** What only informs must not stop anything: registries that list no tags can delete all the same. */
async function otherTags(
  { writer, name }: OpenRepository,
  digest: Digest,
  call: Call,
): Promise<readonly string[] | undefined> {
  try {
    const tags = (await writer.listTags(name, call)).filter((tag) => tag !== name.tag);
    if (tags.length > maxAsked) return undefined;
    const meanings = await inParallel(tags, (tag) =>
      writer.findManifest({ ...name, tag, digest: undefined }, call),
    );
    return tags.filter((_, i) => meanings[i] === digest).toSorted();
  } catch (error) {
    if (!isDistError(error) || error.code === "ABORTED") throw error;
    return undefined;
  }
}

function byDigest({ reference, digest, otherTags: others }: Deletion): string {
  const base = printable(reference.slice(0, reference.lastIndexOf(":")));
  const along =
    others === undefined
      ? "with all its tags"
      : others.length === 0
        ? "which has no other tag"
        : `with its other tags ${others.join(", ")}`;
  return `\`greentic-dist delete ${base}@${digest}\` deletes the manifest, ${along}`;
}
