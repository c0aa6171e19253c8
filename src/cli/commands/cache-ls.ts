import type { CacheEntry } from "../../cache/index.ts";
import { formatBytes, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { table } from "../table.ts";

/** `cache ls [--long]` */
export async function cacheLs({ client, options }: Invocation): Promise<Output> {
  const entries = await client.listCache();
  if (options.has("long"))
    return { lines: table(rowsOf(entries), { right: 1 }), json: entries.map(describe) };
  const digests = entries.map(({ digest }) => digest);
  return { lines: digests, json: digests };
}

function describe(entry: CacheEntry): Readonly<Record<string, unknown>> {
  return {
    digest: entry.digest,
    content_digest: entry.contentDigest ?? null,
    kind: entry.kind,
    size_bytes: entry.sizeBytes,
    media_type: entry.mediaType ?? null,
    reference: entry.reference ?? null,
    fetched_at: isoTime(entry.fetchedAt),
    last_used_at: isoTime(entry.lastUsedAt),
  };
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function rowsOf(entries: readonly CacheEntry[]): readonly (readonly string[])[] {
  return [
    ["DIGEST", "SIZE", "FETCHED", "LAST USED", "REFERENCE"],
    ...entries.map((entry) => [
      entry.digest,
      formatBytes(entry.sizeBytes),
      shortTime(entry.fetchedAt),
      shortTime(entry.lastUsedAt),
      entry.reference === undefined ? "-" : printable(entry.reference),
    ]),
  ];
}

function shortTime(time: number | undefined): string {
  return time === undefined ? "-" : new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
