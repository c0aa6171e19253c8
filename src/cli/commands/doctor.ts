import type { DiagnosisStep } from "../../client/index.ts";
import { errorTable } from "../../core/index.ts";
import type { Invocation, Output } from "../command.ts";
import { paint } from "../messages.ts";
import { snakeCaseKeys } from "../snake-case.ts";
import { table } from "../table.ts";

/** `doctor REF`: exits like the pull that it describes. */
export async function doctor({ client, operands: [text = ""], signal, colour }: Invocation): Promise<Output> {
  const { steps, failure } = await client.diagnose(text, { signal });
  return {
    lines: linesOf(steps, colour()),
    json: steps.map(describe),
    exitCode: failure === undefined ? 0 : errorTable[failure.code].exitCode,
  };
}

/** The mark of a status on a terminal, and its colour. */
const marks = { ok: ["✓", 32], failed: ["✗", 31], skipped: ["–", 90] } as const;

function linesOf(steps: readonly DiagnosisStep[], colour: boolean): readonly string[] {
  const rows = steps.flatMap(({ name, status, summary, notes, error }) => [
    [colour ? marks[status][0] : status, name, summary],
    ...[...notes, ...(error?.hint === undefined ? [] : [`hint: ${error.hint}`])].map((note) => [
      "",
      "",
      note,
    ]),
  ]);
  const colours = steps.flatMap(({ status, notes, error }) =>
    Array.from({ length: 1 + notes.length + (error?.hint === undefined ? 0 : 1) }, () => marks[status][1]),
  );
  return table(rows).map((line, i) => paint(line, colours[i] ?? 39, colour && colours[i] !== marks.ok[1]));
}

function describe({ name, status, summary, notes, details, error }: DiagnosisStep): unknown {
  return {
    name,
    status,
    summary,
    notes,
    details: details === undefined ? null : snakeCaseKeys(details),
    error: error === undefined ? null : { ...error, hint: error.hint ?? null },
  };
}
