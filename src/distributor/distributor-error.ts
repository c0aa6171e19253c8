import { DistError, type DistErrorCode, type HttpFailureDetails } from "../core/index.ts";

/** What kind of failure a {@link DistributorError} is; each has its row in the table below. */
export type DistributorErrorKind = keyof DistributorErrorDetails;

/** The `details` that each kind carries. */
export interface DistributorErrorDetails {
  not_found: HttpFailureDetails;
  permission_denied: HttpFailureDetails;
  /** `body` is cut, and shows none of the credentials that were sent. */
  status: HttpFailureDetails & { readonly status: number; readonly body: string };
  serialization: HttpFailureDetails;
  invalid_response: HttpFailureDetails;
  http: HttpFailureDetails;
  wit: HttpFailureDetails;
  io: HttpFailureDetails;
  other: HttpFailureDetails;
}

/** The words that a message of each kind begins with, and the code that it counts as. */
const kinds = {
  not_found: ["resource not found", "NOT_FOUND"],
  permission_denied: ["permission denied", "FORBIDDEN"],
  status: ["unexpected status", "NETWORK"],
  serialization: ["serialization error", "NETWORK"],
  invalid_response: ["invalid response", "NETWORK"],
  http: ["http error", "NETWORK"],
  wit: ["wit error", "INTERNAL"],
  io: ["io error", "IO"],
  other: ["other distributor error", "INTERNAL"],
} as const satisfies Readonly<Record<DistributorErrorKind, readonly [string, DistErrorCode]>>;

/** What goes beside the message of a {@link DistributorError}. */
export interface DistributorErrorOptions<K extends DistributorErrorKind> {
  readonly details: DistributorErrorDetails[K];
  /** What the error counts as. Default: the code of its kind. */
  readonly code?: DistErrorCode | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What a distributor, or the way to it, answered in place of what was asked for. It is a `DistError` whose `code` is
 * that of its kind, so that exit codes, hints and `isDistError(error, "NOT_FOUND")` are the same wherever an artifact
 * was looked for: `not_found` NOT_FOUND · `permission_denied` UNAUTHORIZED (401) or FORBIDDEN · `status`,
 * `serialization`, `invalid_response` NETWORK · `http` NETWORK, TIMEOUT or REDIRECT_REFUSED · `io` IO · `wit`, `other`
 * INTERNAL. A missing base URL is `invalid_response` and INVALID_CONFIG. Narrow it with {@link isDistributorError}.
 */
export class DistributorError<K extends DistributorErrorKind = DistributorErrorKind> extends DistError {
  override readonly name: string = "DistributorError";
  readonly kind: K;
  declare readonly details: DistributorErrorDetails[K];

  /** @param detail what follows the words of the kind in the message */
  constructor(kind: K, detail: string, options: DistributorErrorOptions<K>) {
    const [words, code] = kinds[kind];
    const { details, hint, cause } = options;
    const message = kind === "status" ? `${words} ${detail}` : `${words}: ${detail}`;
    super(options.code ?? code, message, details, { hint, cause });
    this.kind = kind;
  }
}

/** Whether `error` is a {@link DistributorError}, and of this `kind` when one is given. */
export function isDistributorError<K extends DistributorErrorKind = DistributorErrorKind>(
  error: unknown,
  kind?: K,
): error is DistributorError<K> {
  return error instanceof DistributorError && (kind === undefined || error.kind === kind);
}
