import { type DistError, type DistErrorCode, isDistError } from "../../core/index.ts";
import type { DialedAddress, DialReport } from "../../http/index.ts";
import type { Ping } from "../../registry/index.ts";

/** What each step of a {@link Diagnosis} found out, for programs. What is not known is `undefined`. */
export interface StepDetails {
  /** What the reference was understood to be. */
  reference: {
    readonly kind: string;
    readonly registry?: string | undefined;
    readonly repository?: string | undefined;
    readonly tag?: string | undefined;
    readonly digest?: string | undefined;
    readonly url?: string | undefined;
    readonly path?: string | undefined;
  };
  /** What `repo://`, `store://` and `fixture://` stand for. */
  mapping: {
    readonly registry?: string | undefined;
    readonly repository?: string | undefined;
    readonly tenant?: string | undefined;
    readonly path?: string | undefined;
  };
  /** Files of configuration that are there, the one that rules first. */
  config: { readonly files: readonly string[] };
  /** Who is asked before the registry, in this order, and who was passed over. */
  mirrors: {
    readonly mirrors: readonly {
      readonly url: string;
      /** The file that names it. */
      readonly source: string;
      readonly mayResolve: boolean;
      readonly mayPull: boolean;
      readonly isSecure: boolean;
    }[];
    readonly asksRegistry: boolean;
    readonly passedOver: readonly string[];
  };
  /** Which way requests to the server take. */
  proxy: { readonly server: string; readonly proxy: string | undefined; readonly why: string };
  /** Addresses of the server, or of the proxy. */
  dns: { readonly addresses: readonly DialedAddress[] };
  tcp: { readonly connectedTo: string };
  /** A proxy opens the way to a server that is spoken to in TLS. */
  tunnel: { readonly proxy: string | undefined };
  tls: NonNullable<DialReport["tls"]>;
  ping: Ping;
  /** How the registry wants its clients to log in. */
  challenge: NonNullable<Ping["challenge"]>;
  /** Where logins were looked for, in this order; never the secret. */
  credentials: {
    readonly used: { readonly source: string; readonly username: string } | undefined;
    readonly sources: readonly {
      readonly source: string;
      readonly username: string | undefined;
      /** `used`, `refused`, `no login`, or why it was not used. */
      readonly outcome: string;
    }[];
  };
  /** What the token service gave. */
  token: {
    readonly realm: string | undefined;
    readonly service: string | undefined;
    readonly scope: string | undefined;
    readonly isAnonymous: boolean;
    /** ISO 8601. */
    readonly expiresAt: string | undefined;
  };
  manifest: {
    readonly digest: string;
    readonly mediaType: string;
    readonly sizeBytes: number;
    /** How it was found: by which requests, in the cache, or in an image layout. */
    readonly found: "fetched" | "confirmed" | "held" | "read";
  };
  /** Which entry of an index was taken. */
  platform: {
    readonly digest: string;
    readonly mediaType: string;
    readonly platform: string | undefined;
    readonly entries: readonly string[];
  };
  /** Which layer is the artifact. */
  layer: {
    readonly digest: string | undefined;
    readonly mediaType: string;
    readonly sizeBytes: number | undefined;
    readonly why: string;
    /** The component manifest that is downloaded with it. */
    readonly companion: string | undefined;
  };
  /** What a server answered for a web address, of which nothing was read. */
  answer: {
    readonly mediaType: string;
    readonly sizeBytes: number | undefined;
    readonly isUnchanged: boolean;
  };
  file: { readonly digest: string; readonly sizeBytes: number | undefined };
  cache: {
    readonly root: string;
    /** Looked into before the network. */
    readonly from: readonly string[];
    readonly isHeld: boolean;
    readonly path: string | undefined;
    /** What the reference last meant, and when that was last seen to hold (ISO 8601). */
    readonly lastMeant: { readonly digest: string; readonly seenAt: string } | undefined;
  };
  /** How failures that may pass are met. */
  retries: {
    readonly attempts: number;
    readonly initialMs: number;
    readonly maxMs: number;
    /** What was waited for just now. */
    readonly waits: readonly string[];
    /** What the registry says of its limit, in its own words. */
    readonly rateLimit: string | undefined;
  };
}

/** The name of a step. */
export type StepName = keyof StepDetails;

/** A step of one name. */
interface StepOf<N extends StepName> {
  readonly name: N;
  /** `skipped`: not reached, or there is nothing to do; `summary` says which. */
  readonly status: "ok" | "failed" | "skipped";
  /** One line for people. */
  readonly summary: string;
  /** More lines for people. */
  readonly notes: readonly string[];
  readonly details: StepDetails[N] | undefined;
  /** What went wrong; the hint says what to do next. */
  readonly error: StepError | undefined;
}

/** One step of a {@link Diagnosis}. */
export type DiagnosisStep = { readonly [N in StepName]: StepOf<N> }[StepName];

/** What went wrong in a {@link DiagnosisStep}. */
export interface StepError {
  readonly code: DistErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What a pull of a reference would do, step by step. */
export interface Diagnosis {
  readonly reference: string;
  /** In the order in which a pull does them. After one that failed only such as need nothing of it are not skipped. */
  readonly steps: readonly DiagnosisStep[];
  /** The error that a pull would fail with. */
  readonly failure: DistError | undefined;
}

/** A step that went well. */
export function okStep<N extends StepName>(
  name: N,
  summary: string,
  details: StepDetails[N],
  notes: readonly string[] = [],
): StepOf<N> {
  return { name, status: "ok", summary, notes, details, error: undefined };
}

/** A step of which nothing but its name and outcome is known. */
interface BareStep extends Omit<StepOf<StepName>, "details"> {
  readonly details: undefined;
}

/** A step that there is nothing to do for, or that was not reached. */
export function skippedStep(name: StepName, why: string, notes: readonly string[] = []): BareStep {
  return { name, status: "skipped", summary: why, notes, details: undefined, error: undefined };
}

/** The step that `error` made fail. */
export function failedStep(name: StepName, error: DistError): BareStep {
  return { name, notes: [], details: undefined, ...failed(error) };
}

/** `steps` up to the one that `error` made fail, which may be the next. What it had found out stays. */
export function upToFailure(
  steps: readonly DiagnosisStep[],
  name: StepName,
  error: DistError,
): readonly DiagnosisStep[] {
  const at = steps.findIndex((step) => step.name === name);
  const step = steps[at];
  if (step === undefined) return [...steps, failedStep(name, error)];
  return [...steps.slice(0, at), { ...step, ...failed(error) }];
}

function failed(error: DistError): Pick<BareStep, "status" | "summary" | "error"> {
  const { code, message, hint } = error;
  // The sources of logins that end such a message are listed in the step's notes.
  const tried = "tried" in error.details ? ` (${error.details.tried?.join("; ")})` : "";
  const summary = message.endsWith(tried) ? message.slice(0, message.length - tried.length) : message;
  return { status: "failed", summary, error: { code, message, hint } };
}

/** What `work` came to: a value, or an error that a step can fail with. */
export async function outcomeOf<T>(
  work: () => T | Promise<T>,
): Promise<
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: DistError }
> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isDistError(error) || error.code === "ABORTED" || error.code === "INTERNAL") throw error;
    return { error };
  }
}
