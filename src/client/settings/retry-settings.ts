import { DistError, printable } from "../../core/index.ts";
import type { RetrierOptions } from "../../http/index.ts";
import { type Environment, variable } from "./environment.ts";
import { sleep } from "../network/sleep.ts";

/** What is tried again when a server or the network fails, and how patiently. */
export interface RetryOptions {
  /**
   * How often a request is sent in all, 1 to 20; 1 sends nothing again. Default: `GREENTIC_OCI_RETRY_ATTEMPTS`, else 5.
   */
  readonly attempts?: number | undefined;
  /**
   * Longest wait before the second attempt, in milliseconds; it doubles with each one. At most 60,000. Default:
   * `GREENTIC_OCI_RETRY_INITIAL_MS`, else 250.
   */
  readonly initialMs?: number | undefined;
  /**
   * Longest wait that is not the server's wish, in milliseconds. At most 60,000. Default: `GREENTIC_OCI_RETRY_MAX_MS`,
   * else 4,000.
   */
  readonly maxMs?: number | undefined;
  /** Numbers of at least 0 and less than 1, which spread waits. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Waits for milliseconds; rejects as soon as the signal fires. Default: a timer. */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** {@link RetryOptions} with every default decided. */
export type RetrySettings = Pick<RetrierOptions, "attempts" | "initialMs" | "maxMs" | "random" | "sleep">;

/** What a number may be: the variable that sets it, its default, and its bounds. */
const rules = {
  attempts: { name: "GREENTIC_OCI_RETRY_ATTEMPTS", fallback: 5, min: 1, max: 20 },
  initialMs: { name: "GREENTIC_OCI_RETRY_INITIAL_MS", fallback: 250, min: 0, max: 60_000 },
  maxMs: { name: "GREENTIC_OCI_RETRY_MAX_MS", fallback: 4_000, min: 0, max: 60_000 },
} as const;

/**
 * Decides how failures are borne.
 * @throws {DistError} INVALID_CONFIG for a variable, INVALID_INPUT for an option
 */
export function resolveRetry(options: RetryOptions, env: Environment): RetrySettings {
  const numberOf = (key: keyof typeof rules): number => {
    const { name, fallback, min, max } = rules[key];
    const text = variable(env, name);
    const given = options[key];
    const value =
      given ?? (text === undefined ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const expected = `expected a whole number from ${min} to ${max}`;
    throw given === undefined
      ? new DistError("INVALID_CONFIG", `${name} is \`${printable(text ?? "")}\`, ${expected}`, {})
      : new DistError("INVALID_INPUT", `retry.${key} is ${given}, ${expected}`, {});
  };
  return {
    attempts: numberOf("attempts"),
    initialMs: numberOf("initialMs"),
    maxMs: numberOf("maxMs"),
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleep,
  };
}
