import { DistError, isJsonObject, parseJson, printable, type RegistryErrorEntry } from "../core/index.ts";
import {
  type HttpRequest,
  type HttpResponse,
  maxRetryAfterMs,
  readErrorBody,
  remarksOn,
  retryAfterOf,
} from "../http/index.ts";

import { type Access, failedTo } from "./access.ts";

/** A response that is no success, read and ready to be shown. */
export interface HttpFailure {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  readonly host: string;
  readonly status: number;
  /** What the server says of it: three entries at most. */
  readonly errors: readonly RegistryErrorEntry[];
  readonly retryAfterMs: number | undefined;
  /** How often it was asked, where that was more than once. */
  readonly attempts: number | undefined;
}

/** What is known of the exchange that failed, beside the answer. */
export interface FailureContext {
  /** The reference as messages name it, printable. */
  readonly reference: string;
  /** The registry, as logins are looked up for it. */
  readonly registry: string;
  /** Whose saved login comes first. */
  readonly tenant: string | undefined;
  /** What was to be done. */
  readonly access: Access;
  /** Who answered. */
  readonly server: "registry" | "token service";
  readonly credentialsSent: boolean;
  /** What became of each source of logins; empty when none was asked for. */
  readonly tried: readonly string[];
}

const maxEntries = 3;
/** In UTF-16 units, for each text of an entry. */
const maxTextLength = 300;

/**
 * Reads what a server says of a failure (OCI distribution-spec v1.1, "Error Codes"), from the first 64 KiB of the
 * body; a body that is longer, broken or anything else counts as nothing said.
 * @throws {DistError} ABORTED
 */
export async function readFailure(
  response: HttpResponse,
  { method, url }: Pick<HttpRequest, "method" | "url">,
  nowMs: number,
): Promise<HttpFailure> {
  const body = await readErrorBody(response);
  return {
    method,
    url: printable(url.href),
    host: url.host,
    status: response.status,
    errors: parseErrors(body),
    retryAfterMs: retryAfterOf(response, body, nowMs),
    attempts: response.attempts,
  };
}

function parseErrors(body: Uint8Array): readonly RegistryErrorEntry[] {
  const document = parseJson(body);
  const errors = isJsonObject(document) ? document["errors"] : undefined;
  if (!Array.isArray(errors)) return [];
  return errors
    .slice(0, maxEntries)
    .filter(isJsonObject)
    .map(({ code, message }) => ({ code: shown(code), message: shown(message) }))
    .filter(({ code, message }) => code !== "" || message !== "");
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? printable(value) : "";
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

/** The error of a request for an artifact that was answered with no success. */
export function failureError(failure: HttpFailure, context: FailureContext): DistError {
  const { reference, registry, tenant, tried, credentialsSent } = context;
  const { host: _, ...answer } = failure;
  const details = { reference, ...answer, credentialsSent };
  const message = messageOf(failure, context);
  switch (failure.status) {
    case 401:
    case 403: {
      const code = failure.status === 401 ? "UNAUTHORIZED" : "FORBIDDEN";
      const hint = `log in with \`greentic-dist auth login ${printable(tenant ?? registry)}\`; \`greentic-dist auth status ${registry}\` shows which logins are known`;
      const named = tried.length === 0 ? "" : ` (${tried.join("; ")})`;
      return new DistError(code, message + named, { ...details, tried }, { hint });
    }
    case 404: {
      // That a token service is not there says nothing of the artifact.
      if (context.server === "token service") return new DistError("NETWORK", message, details);
      const hint = `check the spelling of \`${reference}\`; some registries also say this of what needs a login`;
      return new DistError("NOT_FOUND", message, details, { hint });
    }
    case 429: {
      const hint = `wait and try again; with a login for ${registry} the limit may be higher`;
      return new DistError("RATE_LIMITED", message, details, { hint });
    }
    default:
      // Only some codes say "wait", but whoever says how long means it.
      return (failure.retryAfterMs ?? 0) > maxRetryAfterMs
        ? new DistError("RATE_LIMITED", message, details)
        : new DistError("NETWORK", message, details);
  }
}

function messageOf(
  { method, host, status, errors, retryAfterMs, attempts }: HttpFailure,
  { reference, server, access }: FailureContext,
): string {
  const speaker = server === "registry" ? host : `token service ${host}`;
  const said = errors.map(({ code, message }) => [code, message].filter((part) => part !== "").join(": "));
  const note = method === "HEAD" && status !== 401 ? " (the answer to HEAD carries no reason)" : "";
  const why =
    said.length === 0
      ? `${speaker} answered ${status}${note}`
      : `${server === "registry" ? "" : `${speaker}: `}${said.join("; ")}`;
  return `${failedTo(reference, access)}: ${why}${remarksOn({ retryAfterMs, attempts })}`;
}

/** NETWORK: an answer of success that is of no use, for a reason that reads after a colon. */
export function malformedAnswer(
  { method, url }: Pick<HttpRequest, "method" | "url">,
  reason: string,
): DistError<"NETWORK"> {
  return new DistError("NETWORK", `cannot use the answer of ${url.host}: ${reason}`, {
    method,
    url: printable(url.href),
  });
}

/** SIZE_MISMATCH: a registry announces another size than the manifest does. Nothing was read. */
export function announcedSize(
  reference: string,
  expected: number,
  actual: number,
): DistError<"SIZE_MISMATCH"> {
  return new DistError(
    "SIZE_MISMATCH",
    `size mismatch for \`${reference}\`: expected ${expected} bytes, the registry announces ${actual}`,
    { reference, expected, actual },
    { hint: "the manifest and the registry disagree; nothing was downloaded" },
  );
}
