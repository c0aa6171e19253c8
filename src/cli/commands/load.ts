import type { LoadedArtifact } from "../../client/index.ts";
import { printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf } from "../option-values.ts";

/** `load FILE [--lock-out FILE]` */
export async function load({ client, operands: [path = ""], options, signal }: Invocation): Promise<Output> {
  const input = path === "-" ? process.stdin : path;
  const loaded = await client.loadBundle({ input, lockOutput: valueOf(options, "lock-out"), signal });
  return { lines: loaded.map(lineOf), json: loaded.map(describe) };
}

function lineOf({ digest, name, cachePath }: LoadedArtifact): string {
  return `${digest} ${cachePath ?? printable(name ?? "-")}`;
}

function describe({ name, digest, cachePath }: LoadedArtifact): unknown {
  return { name: name ?? null, digest, cache_path: cachePath ?? null };
}
