import type { Deletion } from "../../client/index.ts";
import { DistError, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { ask } from "../read-secret.ts";

/** `delete REF [--yes]` */
export async function deleteCommand({
  client,
  operands,
  options,
  signal,
  writeError,
}: Invocation): Promise<Output> {
  const [reference = ""] = operands;
  const isSure = options.has("yes");
  if (!isSure && !process.stdin.isTTY) {
    const hint = "--yes deletes without a question";
    throw new DistError("INVALID_INPUT", "cannot ask whether to delete: stdin is no terminal", {}, { hint });
  }
  const confirm = async (deletion: Deletion): Promise<boolean> => {
    writeError(`${consequence(deletion)}\n`);
    return /^y(?:es)?$/i.test(await ask("Delete it? [y/N] ", { isHidden: false, signal }));
  };
  const deletion = await client.deleteImage(reference, { confirm: isSure ? undefined : confirm, signal });
  if (deletion === undefined) {
    throw new DistError("ABORTED", "nothing was deleted", {}, { hint: "answer y to delete it" });
  }
  const { digest, tag, otherTags } = deletion;
  return {
    lines: [digest],
    notes: isSure ? [consequence(deletion)] : [],
    json: { reference, digest, tag: tag ?? null, other_tags: otherTags ?? null },
  };
}

/** What comes of it, in a line. */
function consequence({ reference, digest, tag, otherTags }: Deletion): string {
  const others = otherTags?.map(printable).join(", ");
  if (tag === undefined) {
    const along =
      others === undefined
        ? "and all its tags, which are not known"
        : others === ""
          ? "which has no tag"
          : `and its tags ${others}`;
    return `${printable(reference)}: the manifest goes, ${along}`;
  }
  const left =
    others === undefined
      ? "whether it has other tags is not known"
      : others === ""
        ? "it then has no tag"
        : `it still is ${others}`;
  return `${printable(reference)}: the tag goes, the manifest ${digest} stays; ${left}`;
}
