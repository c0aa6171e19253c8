import { parseByteCount, parseDuration } from "../../client/index.ts";
import { type Digest, DistError, formatBytes, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf, valuesOf } from "../option-values.ts";

/** `cache gc [--max-bytes SIZE] [--older-than AGE] [--min-age AGE] [--keep-lock FILE]… [--dry-run]` */
export async function cacheGc({ client, options }: Invocation): Promise<Output> {
  const quantity = (name: string, parse: (text: string) => number | undefined, example: string) => {
    const text = valueOf(options, name);
    const value = text === undefined ? undefined : parse(text);
    if (text === undefined || value !== undefined) return value;
    const message = `--${name} is \`${printable(text)}\`, expected a ${name === "max-bytes" ? "size" : "duration"}`;
    throw new DistError("INVALID_INPUT", message, {}, { hint: `as in --${name} ${example}` });
  };
  const dryRun = options.has("dry-run");
  const isSweep = options.has("max-bytes") || options.has("older-than");
  const { removed, freedBytes } = await client.gc({
    maxBytes: quantity("max-bytes", parseByteCount, "2GiB"),
    olderThanMs: quantity("older-than", parseDuration, "30d"),
    minAgeMs: quantity("min-age", parseDuration, "2h"),
    keepLocks: valuesOf(options, "keep-lock"),
    dryRun,
  });
  const [did, freed] = dryRun ? ["would remove", "would free"] : ["removed", "freed"];
  const notes = [
    ...(removed.length === 0 ? [] : [`${did} ${listed(removed)}`]),
    ...(isSweep ? [`${freed} ${formatBytes(freedBytes)}`] : []),
  ];
  return { lines: [], notes, json: removed };
}

/** How many digests a line names. */
const namedDigests = 4;

function listed(digests: readonly Digest[]): string {
  if (digests.length <= namedDigests) return digests.join(", ");
  return `${digests.length} digests; --json lists them`;
}
