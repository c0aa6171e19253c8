import type { DistEvent } from "../../core/index.ts";

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
