import { type DistEvent, formatBytes, printable } from "../../core/index.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { createCheckLine } from "./check-line.ts";
import { waitLine } from "./wait-line.ts";

/** How often a download that goes on says so, in milliseconds. */
const sayEveryMs = 5_000;

/** A line when a download begins, one every five seconds while it goes on, one when it is done: for logs. */
export function createPlainReporter({ write, now }: ReporterOptions): Reporter {
  const started = new Map<
    string | undefined,
    { readonly reference: string; readonly at: number; said: number }
  >();
  const checkLine = createCheckLine(now);
  const report = (reference: string, what: string): void => write(`${printable(reference)}: ${what}\n`);
  return {
    onEvent(event: DistEvent) {
      switch (event.event) {
        case "downloading": {
          const { reference, digest, totalBytes } = event;
          started.set(digest, { reference, at: now(), said: now() });
          report(
            reference,
            `downloading ${totalBytes === undefined ? "" : formatBytes(totalBytes)}`.trimEnd(),
          );
          return;
        }
        case "progress": {
          const download = started.get(event.digest);
          if (download === undefined || now() - download.said < sayEveryMs) return;
          download.said = now();
          report(download.reference, shareOf(event.receivedBytes, event.totalBytes));
          return;
        }
        case "verified": {
          const key = started.has(event.digest) ? event.digest : undefined;
          const download = started.get(key);
          if (download === undefined) return;
          started.delete(key);
          report(
            download.reference,
            `verified ${event.digest} in ${((now() - download.at) / 1000).toFixed(1)} s`,
          );
          return;
        }
        case "waiting":
          write(waitLine(event));
          return;
        case "verifying": {
          const line = checkLine(event);
          if (line !== undefined) write(line);
          return;
        }
        case "resolving":
        case "resolved":
        case "cached":
        case "warning":
        case "failed":
      }
    },
    say: write,
    finish: () => Promise.resolve(),
  };
}

function shareOf(received: number, total: number | undefined): string {
  if (total === undefined || total === 0) return formatBytes(received);
  return `${Math.floor((received / total) * 100)} % of ${formatBytes(total)}`;
}
