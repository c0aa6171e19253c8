import { DistError, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { valueOf } from "../option-values.ts";

/** `pull REF`, or `pull --lock FILE [--jobs N]` */
export async function pull(invocation: Invocation): Promise<Output> {
  const { client, operands, options, signal } = invocation;
  const lock = valueOf(options, "lock");
  const [text = ""] = operands;
  if (lock !== undefined && operands.length > 0) throw misuse("a reference and --lock exclude each other");
  if (lock === undefined && options.has("jobs")) throw misuse("--jobs goes with --lock");
  if (lock !== undefined) return (await import("./pull-lock.ts")).pullLock(invocation, lock);
  const { reference, digest, cachePath, fetched } = await client.ensureCached(text, { signal });
  return {
    lines: [cachePath],
    json: { reference: withoutSecrets(reference), digest, cache_path: cachePath, fetched },
  };
}

function misuse(message: string): DistError<"INVALID_INPUT"> {
  return new DistError("INVALID_INPUT", message, {}, { hint: "`greentic-dist pull --help` shows how" });
}
