import type { SavedArtifact } from "../../client/index.ts";
import { DistError, printable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { countOf, valueOf } from "../option-values.ts";
import { keepHeapSteady } from "../keep-heap-steady.ts";
import { writeToStdout } from "../write-to-stdout.ts";

/** `save [REF…] [--lock FILE] -o FILE [--compress gzip|zstd|none]` */
export async function save({ client, operands, options, signal }: Invocation): Promise<Output> {
  const output = valueOf(options, "output");
  if (output === undefined) throw misuse("save requires --output FILE", "as in -o bundle.tar");
  const isStdout = output === "-";
  if (isStdout && process.stdout.isTTY)
    throw misuse(
      "stdout is a terminal, and a bundle no text",
      "as in -o bundle.tar, or -o - | ssh edge greentic-dist load -",
    );
  keepHeapSteady();
  const saved = await client.saveBundle({
    references: operands,
    lock: valueOf(options, "lock"),
    output: isStdout ? writeToStdout : output,
    name: isStdout ? "stdout" : undefined,
    compress: parseCompression(valueOf(options, "compress")),
    jobs: countOf(options, "jobs"),
    signal,
  });
  return {
    isStdoutTaken: isStdout,
    lines: saved.map(lineOf),
    json: saved.map(({ name, digest }) => ({ name: name ?? null, digest })),
  };
}

function lineOf({ name, digest }: SavedArtifact): string {
  return `${digest} ${printable(name ?? "-")}`;
}

function parseCompression(text: string | undefined): "gzip" | "zstd" | "none" | undefined {
  if (text === undefined || text === "gzip" || text === "zstd" || text === "none") return text;
  throw misuse(`--compress is \`${printable(text)}\`, expected gzip, zstd or none`, "as in --compress gzip");
}

function misuse(message: string, hint: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", message, {}, { hint });
}
