import { basename } from "node:path";

/** How many functions a summary lists. */
const listed = 15;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** What V8 writes with `--cpu-prof`. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** What V8 writes with `--heap-prof`. */
interface HeapProfile {
  readonly head: HeapNode;
}

interface HeapNode {
  readonly callFrame: CallFrame;
  /** Bytes that it has allocated and that were still held at the end. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

/** Where a process spent its time: functions by the milliseconds spent in themselves, the most first. */
export function summaryOfCpu(text: string): readonly string[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, index) => add(times, frames.get(id) ?? "", (timeDeltas[index] ?? 0) / 1000));
  return summary(times, "ms");
}

/** What a process holds at its end: functions by the KiB that they have allocated, the most first. Buffers are outside it. */
export function summaryOfHeap(text: string): readonly string[] {
  const { head } = JSON.parse(text) as HeapProfile;
  const sizes = new Map<string, number>();
  const walk = ({ callFrame, selfSize, children }: HeapNode): void => {
    add(sizes, placeOf(callFrame), selfSize / 1024);
    for (const child of children) walk(child);
  };
  walk(head);
  return summary(sizes, "KiB");
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.startsWith("node:") ? url : basename(url);
  return `${functionName || "(anonymous)"}${file === "" ? "" : ` ${file}:${lineNumber + 1}`}`;
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function summary(sums: ReadonlyMap<string, number>, unit: string): readonly string[] {
  const total = [...sums.values()].reduce((sum, amount) => sum + amount, 0);
  const largest = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, listed);
  return [["in all", total] as const, ...largest].map(
    ([name, amount]) => `  ${amount.toFixed(1).padStart(9)} ${unit}  ${name}`,
  );
}
