import { type Digest, DistError, isDistError, printable } from "../../core/index.ts";
import type { HttpResponse } from "../../http/index.ts";
import type { Exchange } from "../auth/exchange.ts";
import type { RegistryCall, RegistryCalls } from "../calls.ts";
import { malformedAnswer } from "../failures.ts";

/** An upload that a registry has opened (distribution-spec v1.1, "Pushing blobs"). */
export interface UploadSession {
  /** Where its bytes go. On the registry's own origin. */
  readonly location: URL;
  /** How many bytes the registry has, from the first one on. */
  readonly offset: number;
  /** The fewest bytes that each chunk but the last must have (OCI-Chunk-Min-Length). */
  readonly minChunkBytes: number;
}

/** What all requests of one upload have in common. */
export type UploadCall = Pick<RegistryCall, "name" | "reference" | "tenant" | "signal">;

const created: ReadonlySet<number> = new Set([201, 202]);
const accepted: ReadonlySet<number> = new Set([202]);
const noContent: ReadonlySet<number> = new Set([204]);

/**
 * Opens an upload; or mounts the blob from another repository of the registry, where that has it and we may read there.
 * @returns `undefined` when the blob was mounted
 */
export async function openUpload(
  calls: RegistryCalls,
  call: UploadCall,
  digest: Digest,
  mountFrom: string | undefined,
): Promise<UploadSession | undefined> {
  const post = { ...call, ...pushing, method: "POST" } as const;
  if (mountFrom !== undefined) {
    const query = new URLSearchParams({ mount: digest, from: mountFrom });
    try {
      const exchange = await calls.send({
        ...post,
        path: `blobs/uploads/?${query.toString()}`,
        accepted: created,
        mountFrom,
      });
      if (exchange.response.status === 201) {
        exchange.response.discard();
        return undefined;
      }
      return sessionOf(exchange, 0);
    } catch (error) {
      // It may be written here, and not be read there.
      if (!isDistError(error) || !["UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"].includes(error.code))
        throw error;
    }
  }
  return sessionOf(await calls.send({ ...post, path: "blobs/uploads/", accepted }), 0);
}

/** Asks how far an upload is; `undefined` when the registry no longer knows, so that a new one must be opened. */
export async function askUpload(
  calls: RegistryCalls,
  call: UploadCall,
  session: UploadSession,
): Promise<UploadSession | undefined> {
  const { location, minChunkBytes } = session;
  try {
    const exchange = await calls.send({
      ...call,
      ...pushing,
      method: "GET",
      path: location,
      accepted: noContent,
    });
    const offset = takenBytes(exchange.response);
    // `0-0` is said of one byte, and by many of none.
    if (offset === undefined || offset <= 1) {
      exchange.response.discard();
      return undefined;
    }
    return { ...sessionOf(exchange, offset, location), minChunkBytes };
  } catch (error) {
    if (!isDistError(error) || error.code === "ABORTED") throw error;
    return undefined;
  }
}

/** How many bytes a registry says that it has: `Range: 0-LAST`. */
export function takenBytes({ header }: Pick<HttpResponse, "header">): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(header("range") ?? "") ?? [];
  return last === undefined ? undefined : Number(last) + 1;
}

/** What an answer says of an upload. Where it must name no new place, the one of `before` holds. */
export function sessionOf({ response, url }: Exchange, offset: number, before?: URL): UploadSession {
  const location = response.header("location");
  const minChunk = response.header("oci-chunk-min-length") ?? "";
  response.discard();
  if (location === undefined && before === undefined) {
    throw malformedAnswer({ method: "POST", url }, "it does not say where to upload to (Location)");
  }
  return {
    location: location === undefined ? new URL(before ?? url) : uploadLocation(location, url),
    offset,
    minChunkBytes: /^\d{1,12}$/.test(minChunk) ? Number(minChunk) : 0,
  };
}

/** Refuses a place that is not the registry's: what is sent there carries our login. */
function uploadLocation(text: string, base: URL): URL {
  const target = URL.canParse(text, base.href) ? new URL(text, base) : undefined;
  const isOwn = target?.origin === base.origin && target.username === "" && target.password === "";
  if (target !== undefined && isOwn && /^[\x21-\x7e]+$/.test(text)) {
    target.hash = "";
    return target;
  }
  const location = printable(text);
  throw new DistError(
    "REDIRECT_REFUSED",
    `refused to upload where ${base.host} says: ${location} is not on its own origin`,
    { method: "POST", url: printable(base.href), location },
    { hint: "nothing was sent there; behind a proxy the registry must know its own outer address" },
  );
}

/** A login for pushing; nothing is sent elsewhere. */
export const pushing = { action: "push", maxRedirects: 0 } as const;
