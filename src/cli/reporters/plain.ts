import { type DistEvent, formatBytes, printable } from "../../core/index.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { createCheckLine } from "./check-line.ts";
import { waitLine } from "./wait-line.ts";

/** How often what goes on says so, in milliseconds. */
const sayEveryMs = 5_000;

/** What begins, and how much it is. */
interface Beginning {
  readonly reference: string;
  readonly what: string;
  readonly totalBytes: number | undefined;
}

/** A line when a download, an upload or a bundle begins, one every five seconds while it goes on, one when it is done: for logs. */
export function createPlainReporter({ write, now }: ReporterOptions): Reporter {
  const started = new Map<
    string | undefined,
    { readonly reference: string; readonly at: number; said: number }
  >();
  const checkLine = createCheckLine(now);
  const report = (reference: string, what: string): void => write(`${printable(reference)}: ${what}\n`);
  const begin = (key: string | undefined, { reference, what, totalBytes }: Beginning): void => {
    started.set(key, { reference, at: now(), said: now() });
    report(reference, `${what} ${totalBytes === undefined ? "" : formatBytes(totalBytes)}`.trimEnd());
  };
  const end = (key: string | undefined, what: string): void => {
    const transfer = started.get(key);
    if (transfer === undefined) return;
    started.delete(key);
    report(transfer.reference, `${what} in ${((now() - transfer.at) / 1000).toFixed(1)} s`);
  };
  const moved = (key: string | undefined, bytes: number, total: number | undefined): void => {
    const transfer = started.get(key);
    if (transfer === undefined || now() - transfer.said < sayEveryMs) return;
    transfer.said = now();
    report(transfer.reference, shareOf(bytes, total));
  };
  return {
    onEvent(event: DistEvent) {
      switch (event.event) {
        case "downloading":
        case "uploading": {
          const { reference, digest, totalBytes } = event;
          return begin(digest, { reference, what: event.event, totalBytes });
        }
        case "progress":
          return moved(event.digest, event.receivedBytes, event.totalBytes);
        case "sent":
          return moved(event.digest, event.sentBytes, event.totalBytes);
        case "verified":
        case "uploaded": {
          const key = started.has(event.digest) ? event.digest : undefined;
          return end(key, `${event.event} ${event.digest}`);
        }
        case "saving":
        case "loading": {
          const { bundle, bytes, totalBytes } = event;
          if (started.has(bundle)) moved(bundle, bytes, totalBytes);
          else begin(bundle, { reference: bundle, what: event.event, totalBytes });
          return;
        }
        case "saved":
        case "loaded":
          return end(event.bundle, event.event);
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
        case "pushed":
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
