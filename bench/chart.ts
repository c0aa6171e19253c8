import { summaryOf } from "./measure.ts";
import type { CaseResult, Results } from "./results.ts";

const [width, labelWidth, barWidth, rowHeight, gap] = [860, 300, 430, 22, 40];

/** The medians of all cases as bars: an SVG that is readable on light and on dark ground. */
export function chart({ cases }: Results): string {
  let y = 0;
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
    ...groups,
    "</svg>",
    "",
  ].join("\n");
}

interface Bar {
  readonly name: string;
  readonly wall: number;
  readonly synced: number;
}

function barsOf({ measured }: CaseResult): readonly Bar[] {
  return measured
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, samples }) => ({
      name,
      wall: summaryOf(samples.map((one) => one.wallMs)).median,
      synced: summaryOf(samples.map((one) => one.syncedMs)).median,
    }))
    .toSorted((a, b) => a.synced - b.synced);
}

function group(title: string, bars: readonly Bar[], top: number): string {
  const longest = Math.max(...bars.map(({ synced }) => synced));
  const rows = bars.map(({ name, wall, synced }, index) => {
    const y = top + index * rowHeight;
    const [first, second] = [wall, synced - wall].map(
      (ms) => Math.round((ms / longest) * barWidth * 10) / 10,
    );
    const look = /ensureCached|greentic-dist(,| dev)/.test(name) ? "ours" : "peer";
    const sync =
      second === 0
        ? ""
        : `<rect class="${look} sync" x="${labelWidth + first!}" y="${y + 3}" width="${second}" height="15"/>`;
    return [
      `<text x="${labelWidth - 8}" y="${y + 15}" text-anchor="end">${escape(name)}</text>`,
      `<rect class="${look}" x="${labelWidth}" y="${y + 3}" width="${first}" height="15"/>${sync}`,
      `<text x="${labelWidth + first! + second! + 8}" y="${y + 15}">${label(synced)}</text>`,
    ].join("");
  });
  return [`<text class="title" x="8" y="${top - 8}">${escape(title)}</text>`, ...rows].join("\n");
}

const label = (ms: number): string => (ms < 1 ? `${(ms * 1_000).toFixed(0)} µs` : `${ms.toFixed(0)} ms`);

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
