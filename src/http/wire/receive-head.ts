import type { ByteSource } from "./byte-source.ts";
import { LineReader } from "./line-reader.ts";
import { CutResponse, MalformedResponse } from "./malformed.ts";
import { parseResponseHead, parseStatusLine, type ResponseHead } from "./response-head.ts";

/** Bytes that the head of one response may have. */
const maxHeadBytes = 64 * 1024;

/** How many 1xx responses may precede the one that counts. */
const maxInterim = 16;

/**
 * Reads up to and including the empty line of the first response that is no 1xx.
 * @param hasBody whether a response to this request may have a body: not to HEAD
 * @throws {MalformedResponse} and whatever the source throws
 */
export async function receiveHead(source: ByteSource, hasBody: boolean): Promise<ResponseHead> {
  for (let interim = 0; interim <= maxInterim; interim++) {
    const head = parseResponseHead(await receiveLines(source), hasBody);
    if (head.status === 101) throw new MalformedResponse("a change of protocol that nobody asked for");
    if (head.status >= 200) return head;
    if (!head.isPersistent) throw new MalformedResponse("an interim response that closes the connection");
  }
  throw new MalformedResponse("too many interim responses");
}

async function receiveLines(source: ByteSource): Promise<readonly string[]> {
  const reader = new LineReader(maxHeadBytes);
  const lines: string[] = [];
  for (;;) {
    const line = reader.next(source);
    if (line === "") return lines;
    // Whoever speaks something else may never send an empty line.
    if (lines.length === 0 && line !== undefined) parseStatusLine(line);
    if (line !== undefined) lines.push(line);
    else if (!(await source.more()))
      throw new CutResponse("the connection closed before the end of the response header");
  }
}
