import { parseByteRange } from "./byte-range.ts";
import type { RegistryItem } from "./content.ts";
import { errorResponse } from "./json-response.ts";

/**
 * Answers a GET or HEAD for `item` as it asks (RFC 9110): the whole or a range, only its head, or that it is what the
 * client has. Its digest is its entity tag. `undefined` when the item is not there any more.
 */
export async function itemResponse(
  { method, headers: asked }: Request,
  item: RegistryItem,
): Promise<Response | undefined> {
  const { digest, mediaType, size } = item;
  const etag = `"${digest}"`;
  const headers = { etag, "docker-content-digest": digest, "accept-ranges": "bytes" };
  if (isKnown(asked.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const whole = { ...headers, "content-type": mediaType, "content-length": String(size) };
  if (method === "HEAD") return new Response(null, { headers: whole });
  const isCurrent = (asked.get("if-range") ?? etag) === etag;
  const range = isCurrent ? parseByteRange(asked.get("range"), size) : undefined;
  if (range === "unsatisfiable") {
    const contentRange = { "content-range": `bytes */${size}` };
    return errorResponse(416, "RANGE_INVALID", "the range is outside of the content", contentRange);
  }
  const { start, end } = range ?? { start: 0, end: size };
  const body = await item.open(start, end);
  if (body === undefined) return undefined;
  if (range === undefined) return new Response(body, { headers: whole });
  const contentRange = `bytes ${start}-${end - 1}/${size}`;
  const part = { ...whole, "content-length": String(end - start), "content-range": contentRange };
  return new Response(body, { status: 206, headers: part });
}

/** Whether If-None-Match names the entity tag, by the weak comparison that it asks for. */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.some((tag) => tag === "*" || tag === etag);
}
