import { type DistEvent, printable } from "../../core/index.ts";

type WaitingEvent = Extract<DistEvent, { readonly event: "waiting" }>;

/** What is waited for, and how long, as a line. For a lock that is how long it took so far. */
export function waitLine({ for: purpose, subject, seconds, detail }: WaitingEvent): string {
  const said = printable(detail);
  const waits: Readonly<Record<WaitingEvent["for"], string>> = {
    lock: `waiting for the lock: ${said} (${seconds} s)`,
    retry: `waiting ${seconds} s to try again: ${said}`,
    "rate-limit": `waiting ${seconds} s as the server asks: ${said}`,
  };
  return `${printable(subject)}: ${waits[purpose]}\n`;
}
