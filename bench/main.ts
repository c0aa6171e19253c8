// Measures this package against others that do the same. What is where: bench/README.md.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Case, Setting } from "./case.ts";
import { cases } from "./cases/index.ts";
import { chart } from "./chart.ts";
import { writeDocs } from "./docs.ts";
import { measure } from "./measure.ts";
import { findPrograms } from "./peers.ts";
import { type CaseResult, machineAt, type Results, versionsOf } from "./results.ts";
import { caseTable, verdictTable } from "./table.ts";
import { verdictOn } from "./verdict.ts";
import { openWorkbench } from "./workbench.ts";

const usage = `npm run bench -- [CASE…] [OPTIONS]

  --rounds N    how often each program is measured, in place of what the case says
  --quick       a quarter of the rounds, and smaller bundles: a first impression
  --json FILE   write all samples
  --svg FILE    draw a chart
  --docs        write the results into docs/performance.md, and the chart beside it
  --from FILE   measure nothing, and take what an earlier run wrote with --json

Cases:
${cases.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join("\n")}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    svg: { type: "string" },
    docs: { type: "boolean", default: false },
    from: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const asked = values.rounds === undefined ? undefined : Number(values.rounds);
if (asked !== undefined && !(Number.isInteger(asked) && asked > 0)) {
  throw new TypeError(`--rounds takes a whole number from 1 on, got ${values.rounds}`);
}

if (values.help) console.log(usage);
else
  await report(
    values.from === undefined ? await run() : (JSON.parse(await readFile(values.from, "utf8")) as Results),
  );

async function run(): Promise<Results> {
  const unknown = positionals.find((name) => !cases.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`there is no case ${unknown}\n\n${usage}`);
  const programs = findPrograms(process.env);
  for (const one of programs.absent) console.error(`not here: ${one}`);
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));
  await using workbench = await openWorkbench();
  const env = { PATH: process.env["PATH"] ?? "", HOME: workbench.directory, TMPDIR: workbench.directory };
  const setting = { workbench, programs, env, isQuick: values.quick };
  const results: CaseResult[] = [];
  for (const one of cases) {
    if (positionals.length > 0 && !positionals.includes(one.name)) continue;
    const result = await runCase(one, setting, interrupt.signal);
    results.push(result);
    console.log(`\n${caseTable(result)}`);
  }
  const machine = machineAt(workbench.directory);
  return { machine, programs: versionsOf(programs), absent: programs.absent, cases: results };
}

/** Runs a case; one that cannot be set up is no reason to leave out the others. */
async function runCase(one: Case, setting: Setting, signal: AbortSignal): Promise<CaseResult> {
  const { name, figure = "time", warmUp = true } = one;
  const title = (values.quick ? one.quickTitle : undefined) ?? one.title;
  const rounds = asked ?? (values.quick ? Math.ceil(one.rounds / 4) : one.rounds);
  try {
    const { contenders, limits, close } = await one.contest(setting);
    try {
      if (contenders.length === 0) throw new Error("none of its programs is here");
      const onRound = (round: number): void =>
        console.error(`${name}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}`);
      const measured = await measure(contenders, { rounds, warmUp, onRound, signal });
      const verdicts = limits.map((limit) => verdictOn(limit, measured, figure));
      return { name, title, rounds, figure, measured, verdicts };
    } finally {
      await close?.();
    }
  } catch (error) {
    signal.throwIfAborted();
    return {
      name,
      title,
      rounds,
      figure,
      measured: [],
      verdicts: [],
      failure: error instanceof Error ? error.message : String(error),
    };
  }
}

async function report(results: Results): Promise<void> {
  console.log(`\n${verdictTable(results.cases)}`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
  if (values.svg !== undefined) await writeFile(values.svg, chart(results));
  if (values.docs) await writeDocs(results);
}
