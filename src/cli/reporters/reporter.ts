import type { DistEvent } from "../../core/index.ts";
import { printWarning } from "../messages.ts";
import { snakeCaseKeys } from "../snake-case.ts";

/** Draws events for whoever watches. */
export interface Reporter {
  readonly onEvent: (event: DistEvent) => void;
  /** Writes whole lines, where they do not mix with what is drawn. */
  readonly say: (text: string) => void;
  /** Ends the drawing, so that other text can follow. */
  readonly finish: () => Promise<void>;
}

/** How progress is shown: bars on a terminal and plain lines in a log (`auto`), JSON for programs, or not at all. */
export type ProgressForm = "auto" | "plain" | "json" | "none";

/** What a {@link Reporter} writes to, and how. */
export interface ReporterOptions {
  readonly form: ProgressForm;
  /** Whether what is written goes to where bars can be drawn. */
  readonly isTerminal: () => boolean;
  /** Whether warnings are shown where no JSON is asked for. */
  readonly warnings: boolean;
  readonly colour: () => boolean;
  readonly write: (text: string) => void;
  readonly now: () => number;
}

/** Makes the {@link Reporter}. What draws is loaded when there is something to draw: a warm pull loads none of it. */
export function createReporter(options: ReporterOptions): Reporter {
  const { form, warnings, colour, write } = options;
  if (form === "json") {
    return {
      onEvent: (event) => write(`${JSON.stringify(snakeCaseKeys(event))}\n`),
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
      if (event.event !== "downloading" && event.event !== "waiting") return;
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
