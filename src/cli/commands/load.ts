import type { CopiedArtifact, LoadedArtifact } from "../../client/index.ts";
import { DistError, formatBytes, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { keepHeapSteady } from "../keep-heap-steady.ts";
import { valueOf } from "../option-values.ts";
import { stdinChunks } from "../read-stdin.ts";
import { describeCopied, linesOfCopied } from "./copy.ts";

/** `load FILE [--lock-out FILE] [--platform OS/ARCH]`, or `load FILE --to HOST[/PREFIX] [--lock-out FILE] [--force] [--dry-run]` */
export async function load({ client, operands: [path = ""], options, signal }: Invocation): Promise<Output> {
  const input = path === "-" ? stdinChunks(signal) : path;
  const bundle = {
    input,
    name: path === "-" ? "stdin" : undefined,
    lockOutput: valueOf(options, "lock-out"),
    signal,
  };
  const to = valueOf(options, "to");
  keepHeapSteady();
  if (to === undefined) {
    for (const name of ["force", "dry-run"]) if (options.has(name)) throw misuse(`--${name} goes with --to`);
    const loaded = await client.loadBundle(bundle);
    return { lines: loaded.map(lineOf), json: loaded.map(describe) };
  }
  if (options.has("platform")) throw misuse("--to and --platform exclude each other");
  const isDryRun = options.has("dry-run");
  const pushed = await client.pushBundle(to, { ...bundle, force: options.has("force"), dryRun: isDryRun });
  return {
    lines: pushed.flatMap(linesOfCopied),
    notes: isDryRun ? [wouldSend(pushed)] : [],
    json: pushed.map(describeCopied),
  };
}

/** What a dry run found, in a line. */
function wouldSend(pushed: readonly CopiedArtifact[]): string {
  const sum = (count: (artifact: CopiedArtifact) => number): number =>
    pushed.reduce((total, artifact) => total + count(artifact), 0);
  const [manifests, blobs] = [sum((one) => one.manifests), sum((one) => one.blobs)];
  const size = formatBytes(sum(({ bytes }) => bytes));
  return `nothing was sent; to send: manifests ${manifests}, blobs ${blobs}, in all ${size}`;
}

function lineOf({ digest, name, cachePath }: LoadedArtifact): string {
  return `${digest} ${cachePath ?? printable(name ?? "-")}`;
}

function describe({ name, digest, cachePath }: LoadedArtifact): unknown {
  return { name: name ?? null, digest, cache_path: cachePath ?? null };
}

function misuse(message: string): DistError<"INVALID_INPUT"> {
  const hint = "as in greentic-dist load bundle.tar --to registry.example.com/mirror";
  return new DistError("INVALID_INPUT", message, {}, { hint });
}
