import { type Digest, printable, relating } from "../../core/index.ts";
import type { PullContext } from "../pull/pull-context.ts";
import { checkTags } from "../push/check-tags.ts";
import { tagsToWrite } from "../push/tags-to-write.ts";
import { notInRepository, openRepository } from "./open-repository.ts";

/** How an image is tagged. */
export interface TagImageOptions {
  /** Moves tags that mean something else. Default: false, then that is refused. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image and the tags that mean it now. */
export interface TaggedImage {
  readonly digest: Digest;
  /** As they were asked for, each once. */
  readonly tags: readonly string[];
  /** Those that did not mean it before. */
  readonly written: readonly string[];
}

/**
 * Lets more tags of a repository mean what `text` means. All are looked at before the first is written; one that means it
 * already is not sent.
 * @throws {DistError} INVALID_INPUT for what is no tag; TAG_EXISTS for one that means something else, without `force`;
 * NOT_FOUND
 */
export async function tagImage(
  context: PullContext,
  text: string,
  asked: readonly string[],
  { force = false, signal }: TagImageOptions,
): Promise<TaggedImage> {
  checkTags(asked);
  const { name, tenant, writer, client } = await openRepository(context, text);
  const reference = printable(text);
  const call = { signal, tenant, reference, action: "tag" } as const;
  const digest = await writer.findManifest(name, call);
  if (digest === undefined) throw notInRepository(reference, name);
  const tags = [...new Set(asked)];
  const written = await tagsToWrite(writer, name, { tags, digest, force, ...call });
  if (written.length > 0) {
    const failed = `failed to tag \`${reference}\``;
    const document = await relating(reference, failed, () => client.fetchManifest({ ...name, digest }, call));
    for (const tag of written)
      await writer.writeManifest({ ...name, tag, digest: undefined }, document, call);
  }
  return { digest, tags, written };
}
