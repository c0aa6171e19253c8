import type { CacheEntry } from "../../cache/index.ts";
import { printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { formatBytes } from "../format.ts";

/** `cache ls [--long]` */
export async function cacheLs({ client, options }: Invocation): Promise<Output> {
  const entries = await client.listCache();
  if (options.has("long")) return { lines: table(entries), json: entries.map(describe) };
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

/** Columns that line up; the last one is as long as it is. */
function table(entries: readonly CacheEntry[]): readonly string[] {
  const rows = [
    ["DIGEST", "SIZE", "FETCHED", "LAST USED", "REFERENCE"],
    ...entries.map((entry) => [
      entry.digest,
      formatBytes(entry.sizeBytes),
      shortTime(entry.fetchedAt),
      shortTime(entry.lastUsedAt),
      entry.reference === undefined ? "-" : printable(entry.reference),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 1 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  "),
  );
}

function shortTime(time: number | undefined): string {
  return time === undefined ? "-" : new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
