import cliProgress from "cli-progress";
import { type DistEvent, formatBytes, printable } from "../../core/index.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { waitLine } from "./wait-line.ts";

/** Characters of a bar. */
const barWidth = 16;
/** The most of a reference that a line shows. */
const maxNameWidth = 40;
/** What else stands in a line, at its longest; a terminal that does not say how wide it is has 80 columns. */
const restWidth = 68;

/** What a line of the display knows beside how far it is. */
interface Payload {
  readonly name: string;
  readonly total: number | undefined;
  /** An amount of what is counted, as a text. */
  readonly show: (amount: number) => string;
}

/** A bar for each download, upload or bundle that goes on, and for a check of the cache: how much of it, rate and the time that is left. */
export function createBarsReporter({ now }: ReporterOptions): Reporter {
  const display = new cliProgress.MultiBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    // A line that is drawn again elsewhere on the screen may be the same.
    forceRedraw: true,
    autopadding: true,
    format: (_options, { value, startTime }, payload: Payload) => line(payload, value, now() - startTime),
  });
  const stop = (): void => display.stop();
  // Whoever interrupts twice gets the cursor back all the same.
  process.once("exit", stop);
  let check: cliProgress.SingleBar | undefined;
  const bars = new Map<string | undefined, cliProgress.SingleBar>();
  const create = (key: string | undefined, name: string, total: number | undefined): void => {
    const payload: Payload = { name: shorten(name), total, show: formatBytes };
    bars.set(key, display.create(total ?? Number.MAX_SAFE_INTEGER, 0, payload));
  };
  const remove = (key: string | undefined): void => {
    const bar = bars.get(key);
    if (bar !== undefined) display.remove(bar);
    bars.delete(key);
  };
  const say = (text: string): void => {
    display.log(text);
    display.update();
  };
  return {
    onEvent(event: DistEvent) {
      if (event.event === "downloading" || event.event === "uploading") {
        create(event.digest, event.reference, event.totalBytes);
      } else if (event.event === "progress") {
        bars.get(event.digest)?.update(event.receivedBytes);
      } else if (event.event === "sent") {
        bars.get(event.digest)?.update(event.sentBytes);
      } else if (event.event === "verified" || event.event === "uploaded") {
        remove(bars.has(event.digest) ? event.digest : undefined);
      } else if (event.event === "saving" || event.event === "loading") {
        const { bundle, bytes, totalBytes } = event;
        if (!bars.has(bundle)) create(bundle, bundle, totalBytes);
        bars.get(bundle)?.update(bytes);
      } else if (event.event === "saved" || event.event === "loaded") {
        remove(event.bundle);
      } else if (event.event === "verifying") {
        const { checked, total } = event;
        const payload: Payload = { name: "verifying the cache", total, show: String };
        check ??= display.create(total, 0, payload);
        check.update(checked);
        if (checked < total) return;
        display.remove(check);
        check = undefined;
      } else if (event.event === "waiting") {
        say(waitLine(event));
      }
    },
    say,
    finish() {
      process.off("exit", stop);
      stop();
      return Promise.resolve();
    },
  };
}

function line({ name, total, show }: Payload, done: number, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? done / (elapsedMs / 1000) : 0;
  const speed = `${show(Math.round(rate))}/s`;
  if (total === undefined) return `${name}  ${show(done)}  ${speed}`;
  const share = total === 0 ? 1 : done / total;
  const filled = Math.round(share * barWidth);
  const bar = `${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
  const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s left` : "";
  return `${name}  ${bar}  ${show(done)} of ${show(total)}  ${speed}  ${left}`;
}

function shorten(reference: string): string {
  const shown = printable(reference);
  const width = Math.min(maxNameWidth, Math.max(8, (process.stderr.columns || 80) - restWidth));
  return shown.length > width ? `…${shown.slice(1 - width)}` : shown;
}
