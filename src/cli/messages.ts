import { type DistError, errorTable, isDistError, printable } from "../core/index.ts";
import { snakeCaseKeys } from "./snake-case.ts";

/** How an error is shown. */
export interface ErrorStyle {
  /** `text` for people; `json` pretty on several lines; `line` JSON on one. */
  readonly form: "text" | "json" | "line";
  readonly colour: boolean;
  readonly verbose: boolean;
}

/** An error as it is written to stderr, without a newline at the end. */
export function printError(error: DistError, { form, colour, verbose }: ErrorStyle): string {
  const { code, message, hint, details } = error;
  if (form !== "text") {
    const body = { error: { code, message, hint: hint ?? null, details: snakeCaseKeys(details) } };
    return JSON.stringify(body, null, form === "json" ? 2 : 0);
  }
  const lines = [`${paint("error", 31, colour)}: ${message}`];
  if (hint !== undefined) lines.push(`${paint("hint", 36, colour)}: ${hint}`);
  if (verbose) lines.push(...causesOf(error));
  return lines.join("\n");
}

/** A warning as it is written to stderr. */
export function printWarning(message: string, colour: boolean): string {
  return `${paint("warning", 33, colour)}: ${message}`;
}

/** `text` in a colour of the terminal (ANSI, 30 to 37 and 90 to 97). */
export function paint(text: string, colourCode: number, colour: boolean): string {
  return colour ? `\u001b[${colourCode}m${text}\u001b[39m` : text;
}

/** Causes may go in a circle. */
const maxCauses = 8;

function causesOf(error: DistError): readonly string[] {
  const lines: string[] = [];
  for (let { cause } = error; cause instanceof Error && lines.length < maxCauses; { cause } = cause) {
    const isDefect = errorTable[error.code].exitCode === 10 && !isDistError(cause);
    lines.push(`caused by: ${isDefect ? (cause.stack ?? cause.message) : printable(cause.message)}`);
  }
  return lines;
}
