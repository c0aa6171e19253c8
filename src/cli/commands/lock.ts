import { readFile } from "node:fs/promises";
import type { LockRecord, MovedEntry } from "../../client/index.ts";
import { DistError, errnoOf, printable, withoutSecrets } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { countOf, valueOf } from "../option-values.ts";
import { writeToStdout } from "../write-to-stdout.ts";

/** `lock create REF… [--from FILE] -o FILE` */
export async function lockCreate({ client, operands, options, signal }: Invocation): Promise<Output> {
  const output = valueOf(options, "output");
  if (output === undefined) {
    const hint = "as in -o pack.lock.json";
    throw new DistError("INVALID_INPUT", "lock create requires --output FILE", {}, { hint });
  }
  const isStdout = output === "-";
  const from = valueOf(options, "from");
  const references = [...operands, ...(from === undefined ? [] : await readReferences(from))];
  const records = await client.createLock(isStdout ? writeToStdout : output, references, {
    signal,
    jobs: countOf(options, "jobs"),
  });
  return {
    isStdoutTaken: isStdout,
    lines: records.map(({ name, digest }) => `${printable(name)} ${digest}`),
    json: records.map(describeRecord),
  };
}

/** `lock update FILE [NAME…]` */
export async function lockUpdate({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [path = "", ...names] = operands;
  return printMoved(await client.updateLock(path, names, { signal, jobs: countOf(options, "jobs") }));
}

/** `lock check FILE` */
export async function lockCheck({ client, operands, options, signal }: Invocation): Promise<Output> {
  const [path = ""] = operands;
  const moved = await client.checkLock(path, { signal, jobs: countOf(options, "jobs") });
  return { ...printMoved(moved), exitCode: moved.length > 0 ? 1 : 0 };
}

function printMoved(moved: readonly MovedEntry[]): Output {
  return {
    lines: moved.map(({ name, reference, range, movedTo, expected, actual }) => {
      const pins = `${printable(name ?? reference)} ${expected ?? "-"} ${actual}`;
      return movedTo === undefined ? pins : `${pins} ${printable(movedTo)} (${printable(range ?? "")})`;
    }),
    json: moved.map(({ name, reference, range, movedTo, expected, actual }) => ({
      name: name ?? null,
      reference: withoutSecrets(reference),
      range: range ?? null,
      moved_to: movedTo ?? null,
      expected: expected ?? null,
      actual,
    })),
  };
}

function describeRecord(record: LockRecord): Readonly<Record<string, unknown>> {
  const { name, reference, range, digest, contentDigest, sizeBytes, mediaType } = record;
  return {
    name,
    reference: withoutSecrets(reference),
    range: range ?? null,
    digest,
    content_digest: contentDigest ?? null,
    size_bytes: sizeBytes ?? null,
    media_type: mediaType ?? null,
  };
}

async function readReferences(path: string): Promise<readonly string[]> {
  try {
    const lines = (await readFile(path, "utf8")).split("\n");
    return lines.map((line) => line.replace(/(?:^|\s)#.*$/, "").trim()).filter((line) => line !== "");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const shown = printable(path);
    const isMissing = errno === "ENOENT";
    const message = `\`${shown}\` ${isMissing ? "is not there" : `cannot be read: ${errno}`}`;
    const hint =
      "--from names a text file with a reference a line; a reference itself is given without --from";
    throw new DistError(isMissing ? "NOT_FOUND" : "INVALID_INPUT", message, { path: shown }, { hint });
  }
}
