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

/** The mark of a status on a terminal, and the colour of its lines. */
const marks = { ok: ["✓", undefined], failed: ["✗", 31], skipped: ["–", 90] } as const;

function linesOf(steps: readonly DiagnosisStep[], colour: boolean): readonly string[] {
  const lines = steps.flatMap(({ name, status, summary, notes, error }) => {
    const [mark, code] = marks[status];
    const hints = error?.hint === undefined ? [] : [`hint: ${error.hint}`];
    const rows = [
      [colour ? mark : status, name, summary],
      ...[...notes, ...hints].map((text) => ["", "", text]),
    ];
    return rows.map((row) => ({ row, code }));
  });
  return table(lines.map(({ row }) => row)).map((line, i) => {
    const code = lines[i]?.code;
    return code === undefined ? line : paint(line, code, colour);
  });
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
