import { readFile, writeFile } from "node:fs/promises";
import { projectPath } from "../test/support/project-path.ts";
import { chart } from "./chart.ts";
import type { Results } from "./results.ts";
import { caseTable, verdictTable } from "./table.ts";

const [begin, end] = ["<!-- written by npm run bench -- --docs -->", "<!-- end of what the bench wrote -->"];

/** Puts results into docs/performance.md, between two comments, and draws docs/performance.svg. */
export async function writeDocs(results: Results): Promise<void> {
  const page = projectPath("docs/performance.md");
  const text = await readFile(page, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for results`);
  await writeFile(page, `${before}${begin}\n\n${resultsText(results)}\n\n${end}${after}`);
  await writeFile(projectPath("docs/performance.svg"), chart(results));
}

function resultsText({ machine, programs, absent, cases }: Results): string {
  const { date, processor, cores, memoryBytes, kernel, fileSystem } = machine;
  const versions = Object.entries(programs).map(
    ([name, version]) => `${name} (${version || "version not said"})`,
  );
  return [
    `${date}, ${processor}, ${cores} cores, ${(memoryBytes / 1024 ** 3).toFixed(0)} GiB, ${kernel}, ${fileSystem}.`,
    `Took part: ${versions.join("; ")}.`,
    ...(absent.length > 0 ? [`Not there: ${absent.join("; ")}.`] : []),
    "![How long each program takes: medians, shorter is better](performance.svg)",
    "## What is required, and what was measured",
    verdictTable(cases),
    "## All figures",
    ...cases.map(caseTable),
  ].join("\n\n");
}
