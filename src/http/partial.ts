import type { HttpResponse } from "./http.ts";

/** The rest of bytes whose beginning has arrived. */
export interface RestOf {
  /** Where it begins, in bytes; more than 0. */
  readonly offset: number;
  /** How many bytes there are in all, where that is known. */
  readonly size: number | undefined;
  /** The strong ETag that came with the beginning. Without one the address itself must say that the bytes are the same. */
  readonly etag: string | undefined;
}

/** Bytes from some place on. Each chunk is borrowed, as of an `HttpBody`. */
export interface PartialBytes extends AsyncIterable<Uint8Array> {
  /** Where they begin. Default: 0. */
  readonly start?: number | undefined;
  /** The strong ETag of the whole (RFC 9110, section 8.8.3). Default: not known. */
  readonly etag?: string | undefined;
  /** Says that they were not what they should be: then others can be asked for. Default: there are no others. */
  readonly refuse?: (() => void) | undefined;
}

/** Headers that ask for the rest, and for the whole when the bytes are no longer the same (RFC 9110, section 13.1.5). */
export function rangeHeaders({ offset, etag }: RestOf): Readonly<Record<string, string>> {
  return { range: `bytes=${offset}-`, ...(etag !== undefined && { "if-range": etag }) };
}

const contentRange = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/;

/** Whether an answer is that rest, to its last byte, of the same bytes; anything less is no use. */
export function isRest(response: HttpResponse, { offset, size, etag }: RestOf): boolean {
  const [, first, last, total] = contentRange.exec(response.header("content-range") ?? "") ?? [];
  const whole = total === "*" ? size : Number(total);
  const { length } = response.body;
  return (
    response.status === 206 &&
    Number(first) === offset &&
    whole !== undefined &&
    whole === (size ?? whole) &&
    Number(last) === whole - 1 &&
    (length === undefined || length === whole - offset) &&
    (etag === undefined || response.header("etag") === etag)
  );
}

/** The ETag of an answer; `undefined` when it has none, or a weak one, which does not vouch for every byte. */
export function strongEtagOf({ header }: Pick<HttpResponse, "header">): string | undefined {
  const etag = header("etag") ?? "";
  return isStrongEtag(etag) ? etag : undefined;
}

/** Whether that is a strong ETag which can be sent back. */
export function isStrongEtag(text: string): boolean {
  return /^"[\x21\x23-\x7e]{0,256}"$/.test(text);
}

/** The body of an answer, as bytes that begin at `start` of a whole. */
export function partialBytes(response: HttpResponse, start: number): PartialBytes {
  const { body } = response;
  return { start, etag: strongEtagOf(response), [Symbol.asyncIterator]: () => body[Symbol.asyncIterator]() };
}
