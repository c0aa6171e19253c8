import { printable } from "../../core/index.ts";
import type { Resolution } from "../../sources/index.ts";
import { findConfigFiles } from "../config/describe-config.ts";
import { isSecure, type MirrorPlan } from "../mirrors/mirror.ts";
import type { Settings } from "../settings/settings.ts";
import { type DiagnosisStep, okStep, skippedStep } from "./diagnosis.ts";
import type { Observations } from "./observed-network.ts";

/** The files of configuration that count. */
export async function configStep({ configSearch }: Settings): Promise<DiagnosisStep> {
  const places = await findConfigFiles(configSearch);
  const files = places.flatMap(({ path, isThere }) => (isThere ? [printable(path)] : []));
  return okStep("config", files.length === 0 ? "no file" : files.join(", "), { files });
}

/** Who is asked before the registry. */
export function mirrorsStep(plan: MirrorPlan, { events }: Observations): DiagnosisStep {
  const mirrors = plan.mirrors.map((mirror) => ({
    url: printable(mirror.api.href),
    source: printable(mirror.source),
    mayResolve: mirror.mayResolve,
    mayPull: mirror.mayPull,
    isSecure: isSecure(mirror),
  }));
  const passedOver = events.flatMap((event) =>
    event.event === "warning" && event.code === "MIRROR_SKIPPED" ? [event.message] : [],
  );
  const details = { mirrors, asksRegistry: plan.asksOrigin, passedOver };
  const notes = [
    ...mirrors.map(
      ({ url, source, mayResolve }) => `${url}, from ${source}${mayResolve ? "" : ", for digests only"}`,
    ),
    ...passedOver,
  ];
  const last = plan.asksOrigin ? "then the registry" : "in place of the registry";
  return okStep("mirrors", mirrors.length === 0 ? "none" : `${mirrors.length}, ${last}`, details, notes);
}

/** What a web server says of a file. */
export function answerStep(resolution: Resolution | undefined): DiagnosisStep {
  if (resolution?.kind !== "content") return skippedStep("answer", "not reached");
  const { mediaType, size: sizeBytes, digest } = resolution;
  const isUnchanged = digest !== undefined;
  const size = sizeBytes === undefined ? "" : `, ${sizeBytes} bytes`;
  const summary = isUnchanged
    ? `unchanged since it was fetched: ${digest}`
    : `${printable(mediaType)}${size}`;
  return okStep("answer", summary, { mediaType, sizeBytes, isUnchanged });
}

/** How failures that may pass are met, and what the server says of its limits. */
export function retriesStep({ retry }: Settings, { answers, events }: Observations): DiagnosisStep {
  const { attempts, initialMs, maxMs } = retry;
  const waits = events.flatMap((event) =>
    event.event === "waiting" ? [`${event.seconds} s for ${event.subject}: ${event.detail}`] : [],
  );
  const limits = answers.flatMap(({ header }) =>
    ["ratelimit-limit", "ratelimit-remaining", "retry-after"].flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [`${name} ${printable(value)}`];
    }),
  );
  const rateLimit = limits.length === 0 ? undefined : [...new Set(limits)].join(", ");
  const summary =
    attempts === 1
      ? "nothing is sent again"
      : `up to ${attempts} attempts, up to ${initialMs} ms before the second, never more than ${maxMs} ms unless the server asks`;
  return okStep("retries", summary, { attempts, initialMs, maxMs, waits, rateLimit }, [
    ...waits.map((wait) => `waited ${wait}`),
    ...(rateLimit === undefined ? [] : [rateLimit]),
  ]);
}
