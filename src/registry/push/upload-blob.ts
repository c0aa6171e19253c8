import { type Descriptor, isDistError, printable } from "../../core/index.ts";
import { afterAttempts, isTransientError, type Retrier } from "../../http/index.ts";
import type { RegistryCalls } from "../calls.ts";
import { type BlobBytes, createBlobBytes, type OpenBytes } from "./blob-bytes.ts";
import { sendChunk } from "./send-chunk.ts";
import { askUpload, openUpload, type UploadCall, type UploadSession } from "./upload-session.ts";

/** How {@link uploadBlob} runs. */
export interface UploadBlobOptions {
  readonly calls: RegistryCalls;
  readonly call: UploadCall;
  readonly open: OpenBytes;
  /** Another repository of the same registry that has the blob. */
  readonly mountFrom: string | undefined;
  readonly retrier: () => Promise<Retrier>;
  /** Called with how many bytes were sent so far; may go back. */
  readonly onProgress: (sentBytes: number) => void;
}

/** How large a chunk is where one request for everything has failed, in bytes. */
const chunkBytes = 32 * 1024 * 1024;

/** How often in a row an upload is begun anew that the registry no longer knows, or is out of step with. */
const maxRestarts = 3;

/**
 * Uploads a blob in one request (distribution-spec v1.1, "POST then PUT"). When that breaks off, or is too large for the
 * registry, it goes on in chunks from where the registry says that it is ("Pushing a blob in chunks"), and from the
 * beginning where it cannot say.
 * @returns whether it was sent, and not mounted
 * @throws {DistError} SIZE_MISMATCH, DIGEST_MISMATCH; REDIRECT_REFUSED when the registry sends us to another origin; and
 * what `calls` and `open` throw
 */
export async function uploadBlob(blob: Descriptor, options: UploadBlobOptions): Promise<boolean> {
  const { calls, call, open, mountFrom, onProgress } = options;
  const bytes: BlobBytes = createBlobBytes(blob, open, call.reference);
  let session = await openUpload(calls, call, blob.digest, mountFrom);
  let limit = Infinity;
  let furthest = 0;
  for (let failures = 0; session !== undefined;) {
    try {
      const next = await sendChunk(calls, call, { blob, session, bytes, limit, onProgress });
      if (next === undefined) return true;
      session = next;
    } catch (error) {
      failures += 1;
      const isLarge = limit === Infinity;
      if (!(await mayGoOn(error, failures, { session, isLarge }, options)))
        throw afterAttempts(error, failures);
      limit = chunkBytes;
      session =
        (await askUpload(calls, call, session)) ?? (await openUpload(calls, call, blob.digest, undefined));
    }
    if (session !== undefined && session.offset > furthest) {
      furthest = session.offset;
      failures = 0;
    }
  }
  return false;
}

async function mayGoOn(
  error: unknown,
  failures: number,
  { session, isLarge }: { readonly session: UploadSession; readonly isLarge: boolean },
  { call, retrier }: UploadBlobOptions,
): Promise<boolean> {
  if (!isDistError(error)) return false;
  const status = "status" in error.details ? error.details.status : undefined;
  if (status === 413) return isLarge;
  const isOutOfStep = status === 416 || status === 404 || (status === 400 && session.offset > 0);
  if (isOutOfStep) return failures <= maxRestarts;
  if (!isTransientError(error, { method: "GET" })) return false;
  const { location: url } = session;
  return (await retrier()).again({
    attempt: failures,
    url,
    reason: printable(error.message),
    signal: call.signal,
  });
}
