import type { ServerResponse } from "node:http";

/**
 * Sends `response` and ends `outgoing`. Reads its body no faster than the client takes it, and cancels it when the
 * client goes away. A body that fails breaks the connection, so that nobody takes the part for the whole.
 * @throws what the body fails with, while the client is there
 * @param onSent hears how many bytes of the body were handed to the connection
 */
export async function sendResponse(
  { status, headers, body }: Response,
  outgoing: ServerResponse,
  onSent: (bytes: number) => void,
): Promise<void> {
  const reader = body?.getReader();
  // What a body fails with that nobody waits for any more concerns nobody.
  const onClose = (): void => void reader?.cancel().catch(() => undefined);
  outgoing.once("close", onClose);
  try {
    outgoing.setHeaders(headers).writeHead(status);
    // Events have to wait for nothing; a body of known length goes with its head.
    if (reader !== undefined && !headers.has("content-length")) outgoing.flushHeaders();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done || outgoing.destroyed) break;
      onSent(value.length);
      if (!outgoing.write(value)) await drained(outgoing);
    }
    outgoing.end();
  } catch (error) {
    if (outgoing.destroyed) return;
    outgoing.destroy();
    throw error;
  }
}

/** Waits until more can be written, or nothing ever. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    if (outgoing.destroyed) resolve();
    else outgoing.on("drain", done).on("close", done);
  });
}
