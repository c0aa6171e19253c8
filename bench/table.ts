import { type Figure, type Measured, type Sample, type Summary, summaryOf } from "./measure.ts";
import type { CaseResult, Results } from "./results.ts";

/** A case as Markdown that is readable as it stands: what each contender took, and who failed. */
export function caseTable({ title, rounds, measured, failure }: CaseResult): string {
  const seen = measured.filter(({ samples }) => samples.length > 0);
  const shown = columns.filter(({ isShown = () => true }) =>
    seen.some(({ samples }) => samples.some(isShown)),
  );
  const head = ["", ...shown.map(({ title: text }) => text)];
  const rows = seen.map(({ name, samples }) => [name].concat(shown.map(({ cell }) => cell(samples))));
  return [
    `### ${title}`,
    ...(rows.length > 0
      ? ["", `${rounds === 1 ? "One round" : `${rounds} rounds`}.`, "", alignedTable([head, ...rows])]
      : []),
    ...failuresOf(measured, failure),
  ].join("\n");
}

interface Column {
  readonly title: string;
  readonly cell: (samples: readonly Sample[]) => string;
  /** Whether a sample has something to show in it. Default: each has. */
  readonly isShown?: (sample: Sample) => boolean;
}

const columns: readonly Column[] = [
  { title: "median", cell: (samples) => time(wallOf(samples).median) },
  { title: "fastest", cell: (samples) => time(wallOf(samples).fastest) },
  { title: "middle half", cell: (samples) => wallOf(samples).quartiles.map(time).join(" – ") },
  {
    title: "synced",
    cell: (samples) => time(summaryOf(samples.map((one) => one.syncedMs)).median),
    isShown: ({ wallMs, syncedMs }) => wallMs !== syncedMs,
  },
  {
    title: "CPU",
    cell: (samples) => time(summaryOf(samples.map((one) => one.cpuMs ?? Number.NaN)).median),
    isShown: ({ cpuMs }) => cpuMs !== undefined,
  },
  {
    title: "peak",
    cell: (samples) => memory(summaryOf(samples.map((one) => one.peakBytes ?? Number.NaN)).median),
    isShown: ({ peakBytes }) => peakBytes !== undefined,
  },
];

const wallOf = (samples: readonly Sample[]): Summary => summaryOf(samples.map((one) => one.wallMs));

function failuresOf(measured: readonly Measured[], failure: string | undefined): readonly string[] {
  const failed = measured.flatMap((one) =>
    one.failure === undefined ? [] : [`${one.name} failed: ${one.failure}`],
  );
  return [...failed, ...(failure === undefined ? [] : [`Not measured: ${failure}`])].flatMap((line) => [
    "",
    line,
  ]);
}

/** What is required, and what was measured, as one table. */
export function verdictTable(cases: Results["cases"]): string {
  const rows = cases.flatMap(({ title, figure, verdicts }) =>
    verdicts.map((verdict) => [
      title,
      verdict.of,
      verdict.best ?? verdict.against.join(", "),
      inUnit(figure, verdict.atMost),
      verdict.value === undefined ? "–" : inUnit(figure, verdict.value),
      verdict.value === undefined ? "not measured" : verdict.value <= verdict.atMost ? "met" : "**not met**",
    ]),
  );
  return alignedTable([["case", "who", "against", "at most", "measured", ""], ...rows]);
}

function inUnit(figure: Figure, value: number): string {
  return figure === "time" ? value.toFixed(3) : `+ ${value.toFixed(1)} MiB`;
}

/** A time in a fitting unit. */
export function time(ms: number): string {
  if (ms < 1) return `${(ms * 1_000).toFixed(1)} µs`;
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  return ms < 100 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(0)} ms`;
}

/** Bytes in MiB. */
export function memory(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}

/** Rows as a Markdown table whose columns line up; what begins with a digit or a sign is set to the right. */
function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isRight = widths.map((_, column) => rows.slice(1).every((row) => /^[\d+–-]/.test(row[column] ?? "")));
  const pad = (text: string, column: number): string =>
    isRight[column] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  const [head = [], ...body] = rows.map((row) => line(row.map(pad)));
  const rule = widths.map((width, column) =>
    isRight[column] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [head, line(rule), ...body].join("\n");
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
