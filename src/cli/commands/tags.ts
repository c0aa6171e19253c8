import type { Invocation, Output } from "../command.ts";

/** `tags REPOSITORY [--semver]` */
export async function tags({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [repository = ""] = operands;
  const semver = options.has("semver");
  const found = await client.listTags(repository, { semver, signal });
  const sorted = semver ? found : found.toSorted();
  return { lines: sorted, json: sorted };
}
