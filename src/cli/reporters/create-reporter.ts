import type { DistEvent } from "../../core/index.ts";
import { printWarning } from "../messages.ts";
import { snakeCaseKeys } from "../snake-case.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";

/** Makes the {@link Reporter}. What draws is loaded when there is something to draw: a warm pull loads none of it. */
export function createReporter(options: ReporterOptions): Reporter {
  const { form, warnings, colour, write } = options;
  if (form === "json") {
    return {
      onEvent: (event) => write(`${printEvent(event)}\n`),
      say: write,
      finish: () => Promise.resolve(),
    };
  }
  const drawing = form === "none" ? undefined : createLazyReporter(() => loadDrawing(form, options), write);
  const say = drawing?.say ?? write;
  return {
    onEvent(event) {
      if (event.event === "warning") {
        if (warnings) say(`${printWarning(event.message, colour())}\n`);
      } else {
        drawing?.onEvent(event);
      }
    },
    say,
    finish: async () => drawing?.finish(),
  };
}

/** One line. What an event does not know is null, so that every event of a kind has the same keys. */
function printEvent(event: DistEvent): string {
  return JSON.stringify(snakeCaseKeys(event), (_, value: unknown) => value ?? null);
}

async function loadDrawing(form: "auto" | "plain", options: ReporterOptions): Promise<Reporter> {
  if (form === "plain" || !options.isTerminal())
    return (await import("./plain.ts")).createPlainReporter(options);
  return (await import("./bars.ts")).createBarsReporter(options);
}

/** Keeps events until the reporter that `load` brings is there; `load` is called when a download begins. */
function createLazyReporter(load: () => Promise<Reporter>, write: (text: string) => void): Reporter {
  const waiting: DistEvent[] = [];
  let loading: Promise<Reporter> | undefined;
  let loaded: Reporter | undefined;
  return {
    onEvent(event) {
      if (loaded !== undefined) return loaded.onEvent(event);
      waiting.push(event);
      if (!["downloading", "uploading", "saving", "loading", "waiting", "verifying"].includes(event.event))
        return;
      loading ??= load().then((reporter) => {
        loaded = reporter;
        for (const early of waiting) reporter.onEvent(early);
        return reporter;
      });
    },
    say: (text) => (loaded === undefined ? write(text) : loaded.say(text)),
    finish: async () => (await loading)?.finish(),
  };
}
