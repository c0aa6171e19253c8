import { figuresOf, summaryOf } from "./measure.ts";
import type { CaseResult, Results } from "./results.ts";
import { memory, time } from "./table.ts";

const [width, labelWidth, barWidth, rowHeight, gap] = [860, 300, 430, 22, 40];

/** The medians of all cases as bars: an SVG that is readable on light and on dark ground. */
export function chart({ cases }: Results): string {
  let y = 30;
  const groups = cases
    .map((one) => ({ title: one.title, bars: barsOf(one) }))
    .filter(({ bars }) => bars.length > 0)
    .map(({ title, bars }) => {
      const top = y + gap;
      y = top + bars.length * rowHeight + 8;
      return group(title, bars, top);
    });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 10}" width="${width}" height="${y + 10}" role="img">`,
    "<title>How long each program takes: medians</title>",
    `<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .ours { fill: #1a7f37 }
  .peer { fill: #8c959f }
  .sync { opacity: 0.45 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #3fb950 }
    .peer { fill: #7d8590 }
  }
</style>`,
    '<text x="8" y="24">Medians; shorter is better. Pale: the sync of what a program left unsynced.</text>',
    ...groups,
    "</svg>",
    "",
  ].join("\n");
}

interface Bar {
  readonly name: string;
  readonly median: number;
  /** Which part of it went into the sync of what the program left unsynced. */
  readonly syncShare: number;
  readonly label: string;
}

function barsOf({ measured, figure }: CaseResult): readonly Bar[] {
  return measured
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, samples }) => {
      const { median } = summaryOf(figuresOf(samples, figure));
      const wall = summaryOf(samples.map((one) => one.wallMs)).median;
      const isTime = figure === "time";
      return {
        name,
        median,
        syncShare: isTime ? Math.max(0, 1 - wall / median) : 0,
        label: isTime ? time(median) : memory(median),
      };
    })
    .toSorted((a, b) => a.median - b.median);
}

function group(title: string, bars: readonly Bar[], top: number): string {
  const longest = Math.max(...bars.map(({ median }) => median));
  const rows = bars.map(({ name, median, syncShare, label }, index) => {
    const y = top + index * rowHeight;
    const length = (median / longest) * barWidth;
    const look = isOurs(name) ? "ours" : "peer";
    const bar = (from: number, share: number, more = ""): string =>
      `<rect class="${look}${more}" x="${at(from)}" y="${y + 3}" width="${(length * share).toFixed(1)}" height="15"/>`;
    const at = (place: number): string => (labelWidth + place).toFixed(1);
    return [
      `<text x="${labelWidth - 8}" y="${y + 15}" text-anchor="end">${escape(name)}</text>`,
      bar(0, 1 - syncShare),
      ...(syncShare > 0 ? [bar(length * (1 - syncShare), syncShare, " sync")] : []),
      `<text x="${at(length + 8)}" y="${y + 15}">${label}</text>`,
    ].join("");
  });
  return [`<text class="title" x="8" y="${top - 8}">${escape(title)}</text>`, ...rows].join("\n");
}

const isOurs = (name: string): boolean => /^(greentic-dist\b|ensureCached)/.test(name);

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
