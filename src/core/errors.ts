/** What a {@link DistErrorCode} means. */
interface ErrorRow {
  /** Of the process. */
  readonly exitCode: number;
  /** A sentence for the manual. */
  readonly meaning: string;
  /** What to do next, where nothing better is known. */
  readonly hint?: string | undefined;
}

/**
 * Every way an operation can fail. The one table behind `DistError.code`, the command's exit codes and
 * `docs/errors.md`.
 */
export const errorTable: Readonly<Record<DistErrorCode, ErrorRow>> = {
  INVALID_REFERENCE: { exitCode: 2, meaning: "The reference is none of the forms that can be resolved." },
  INVALID_INPUT: { exitCode: 2, meaning: "An argument, option or input file cannot be used as given." },
  INVALID_LOCKFILE: { exitCode: 2, meaning: "The lockfile, or an entry of it, is malformed." },
  INVALID_CONFIG: {
    exitCode: 2,
    meaning: "A configuration file or variable holds a value that is not allowed.",
  },
  INSECURE_URL: { exitCode: 2, meaning: "Plain http was asked for where only https is allowed." },
  TAG_REFUSED: { exitCode: 2, meaning: "A tag was given where a digest pin is required." },
  TAG_EXISTS: { exitCode: 2, meaning: "The tag to push to means something else already." },
  UNUSABLE_ARTIFACT: {
    exitCode: 2,
    meaning:
      "What the reference names cannot be used as asked: no valid manifest, no layer, several equally good layers, or no fitting platform.",
  },
  NOT_FOUND: { exitCode: 3, meaning: "The registry, server or file system says that it is not there." },
  NOT_CACHED: { exitCode: 3, meaning: "The digest is not in the cache." },
  OFFLINE: { exitCode: 4, meaning: "The network is needed, and offline mode forbids it." },
  UNAUTHORIZED: {
    exitCode: 5,
    meaning: "The server asks for credentials, or refuses those that were sent (401).",
  },
  FORBIDDEN: {
    exitCode: 5,
    meaning:
      "The server knows who asks and refuses (403); or this machine's registries.conf blocks the registry.",
  },
  UNMAPPED: {
    exitCode: 5,
    meaning: "A repo:// or store:// reference, and no registry is configured for it.",
  },
  DIGEST_MISMATCH: {
    exitCode: 6,
    meaning: "The bytes that arrived do not have the digest that was promised.",
  },
  SIZE_MISMATCH: { exitCode: 6, meaning: "More or fewer bytes arrived than were promised." },
  MEDIA_TYPE_MISMATCH: {
    exitCode: 6,
    meaning: "A manifest declares another media type than it was served with, or than its shape has.",
    hint: "its publisher, or a proxy on the way, mislabels it; nothing of it was kept",
  },
  NETWORK: {
    exitCode: 7,
    meaning: "The server is unreachable, broke off, or answered in a way that cannot be used.",
    hint: "check the host's name and the network; --verbose shows each request",
  },
  TIMEOUT: {
    exitCode: 7,
    meaning: "The server did not connect, answer or send fast enough.",
    hint: "try again; --verbose shows each request and how long it took",
  },
  RATE_LIMITED: {
    exitCode: 7,
    meaning:
      "The server says that there were too many requests (429), or wants none for longer than a minute.",
    hint: "wait and try again",
  },
  REDIRECT_REFUSED: {
    exitCode: 7,
    meaning: "A redirect that must not be followed: too many, insecure, or malformed.",
    hint: "the server's address may have changed; --verbose shows where it leads",
  },
  IO: { exitCode: 10, meaning: "This machine's file system refused." },
  DISK_FULL: { exitCode: 10, meaning: "This machine's disk is full." },
  INTERNAL: { exitCode: 10, meaning: "A defect of this program; please report it." },
  ABORTED: { exitCode: 130, meaning: "The caller, or the user, stopped the operation." },
};

/** What kind of error it is; `docs/errors.md` lists them. */
export type DistErrorCode = keyof ErrorDetails;

/** One entry of a registry's error body (OCI distribution-spec v1.1, "Error codes"). */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
}

/** A certificate that was refused, as it names itself; printable. */
export interface CertificateDetails {
  readonly subject: string;
  readonly issuer: string;
  /** As in `Nov 23 09:46:52 2026 GMT`. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Whom it is for, as in `DNS:ghcr.io, IP Address:10.0.0.1`. */
  readonly names: string;
}

/** What is known about an HTTP exchange that failed. The URL is redacted. */
export interface HttpFailureDetails {
  readonly reference?: string | undefined;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  readonly errors?: readonly RegistryErrorEntry[] | undefined;
  /** Whether the request that failed carried credentials. */
  readonly credentialsSent?: boolean | undefined;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** How often the request was sent, where that was more than once. */
  readonly attempts?: number | undefined;
  /** The certificate that was refused. */
  readonly certificate?: CertificateDetails | undefined;
  /** Which authorities were trusted when it was. */
  readonly trusted?: string | undefined;
}

/** What was promised, and what came instead. */
export interface MismatchDetails<T> {
  readonly reference?: string | undefined;
  readonly expected: T;
  readonly actual: T;
}

/** A file of a cache that was verified. */
export interface MismatchedFile {
  readonly path: string;
  readonly expected: string;
  /** `undefined` when it is not there. */
  readonly actual: string | undefined;
  readonly repaired: boolean;
}

/** What an error is about. */
export interface SubjectDetails {
  readonly reference?: string | undefined;
  readonly path?: string | undefined;
}

/** The `details` that each code carries. */
export interface ErrorDetails {
  INVALID_REFERENCE: { readonly reference: string };
  INVALID_INPUT: SubjectDetails;
  INVALID_LOCKFILE: SubjectDetails;
  INVALID_CONFIG: SubjectDetails & {
    /** The key of the configuration, and the line of the file, from 1. */
    readonly key?: string | undefined;
    readonly line?: number | undefined;
  };
  INSECURE_URL: { readonly reference: string };
  TAG_REFUSED: { readonly reference: string };
  TAG_EXISTS: MismatchDetails<string> & {
    /** What was to mean `expected`, and means `actual`. */
    readonly tag: string;
  };
  UNUSABLE_ARTIFACT: SubjectDetails & { readonly candidates?: readonly string[] | undefined };
  NOT_FOUND: HttpFailureDetails & SubjectDetails;
  NOT_CACHED: { readonly reference: string };
  OFFLINE: { readonly reference: string };
  UNAUTHORIZED: HttpFailureDetails & { readonly tried?: readonly string[] | undefined };
  FORBIDDEN: HttpFailureDetails & { readonly tried?: readonly string[] | undefined };
  UNMAPPED: { readonly reference: string; readonly variable: string };
  DIGEST_MISMATCH: MismatchDetails<string> & {
    /** Every file that is not what it should be, where a whole cache was verified. */
    readonly files?: readonly MismatchedFile[] | undefined;
  };
  SIZE_MISMATCH: MismatchDetails<number>;
  MEDIA_TYPE_MISMATCH: MismatchDetails<string>;
  NETWORK: HttpFailureDetails;
  TIMEOUT: HttpFailureDetails & { readonly phase: "connect" | "headers" | "body" };
  RATE_LIMITED: HttpFailureDetails;
  REDIRECT_REFUSED: HttpFailureDetails & { readonly location?: string | undefined };
  IO: SubjectDetails & { readonly errno?: string | undefined };
  DISK_FULL: SubjectDetails;
  INTERNAL: Record<string, never>;
  ABORTED: { readonly reference?: string | undefined };
}

/** What goes beside the message of a {@link DistError}. */
export interface DistErrorOptions {
  /** One sentence that says what to do or type next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The error of this library: `message` says what happened to what, and what was expected; `details` is the same
 * for programs; `hint` says what to do next. Narrow it with {@link isDistError}.
 */
export class DistError<C extends DistErrorCode = DistErrorCode> extends Error {
  override readonly name: string = "DistError";
  readonly code: C;
  readonly details: ErrorDetails[C];
  readonly hint: string | undefined;

  constructor(code: C, message: string, details: ErrorDetails[C], options: DistErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
    this.hint = options.hint ?? errorTable[code].hint;
  }
}

/** Whether `error` is a {@link DistError}, and of this `code` when one is given. */
export function isDistError<C extends DistErrorCode = DistErrorCode>(
  error: unknown,
  code?: C,
): error is DistError<C> {
  return error instanceof DistError && (code === undefined || error.code === code);
}

/** The `code` of an error of the operating system (`ENOENT`), or `undefined` for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * Throws ABORTED when `signal` was aborted. Its reason becomes the cause.
 * @throws {DistError} ABORTED
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

/** The error of an operation that `signal` stopped. */
export function abortedError(signal: AbortSignal | undefined): DistError<"ABORTED"> {
  return new DistError("ABORTED", "stopped before it was done", {}, { cause: signal?.reason });
}
