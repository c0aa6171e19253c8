import type { DistEvent } from "../../core/index.ts";
import type { DialReport, HttpRequest, HttpResponse } from "../../http/index.ts";
import type { AccessReport } from "../../registry/index.ts";
import { type ClosableNetwork, createNetwork } from "../network/network.ts";
import { openRetrier } from "../network/open-retrier.ts";
import type { Settings } from "../settings/settings.ts";

/** An answer of a server, by its request's method and URL. */
export interface ObservedAnswer
  extends Pick<HttpRequest, "method" | "url">, Pick<HttpResponse, "status" | "header"> {}

/** What happened on a network so far, each in order. */
export interface Observations {
  readonly dials: readonly DialReport[];
  readonly answers: readonly ObservedAnswer[];
  readonly access: readonly AccessReport[];
  /** Warnings and waits. */
  readonly events: readonly DistEvent[];
}

/** A network of its own, the same as a pull has, that keeps an account of what happens on it. */
export function openObservedNetwork(settings: Settings): {
  readonly network: ClosableNetwork;
  readonly seen: Observations;
} {
  const dials: DialReport[] = [];
  const answers: ObservedAnswer[] = [];
  const access: AccessReport[] = [];
  const events: DistEvent[] = [];
  const onEvent = (event: DistEvent): void => {
    events.push(event);
    // A wait is the one thing that must be said while it lasts.
    if (event.event === "waiting") settings.onEvent(event);
  };
  const observed = { ...settings, onEvent };
  const network = createNetwork(observed, openRetrier(observed), {
    onDial: (report) => dials.push(report),
    onAnswer: ({ method, url }, { status, header }) => answers.push({ method, url, status, header }),
    onAccess: (report) => access.push(report),
  });
  return { network, seen: { dials, answers, access, events } };
}
