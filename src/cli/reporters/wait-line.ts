import { type DistEvent, printable } from "../../core/index.ts";

type WaitingEvent = Extract<DistEvent, { readonly event: "waiting" }>;

const purposes: Readonly<Record<WaitingEvent["for"], string>> = {
  lock: "for the lock",
  retry: "to try again",
  "rate-limit": "as the server asks",
};

/** What is waited for, and how long, as a line. */
export function waitLine({ for: purpose, subject, seconds, detail }: WaitingEvent): string {
  return `${printable(subject)}: waiting ${seconds} s ${purposes[purpose]}: ${printable(detail)}\n`;
}
