import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { sendResponse } from "./send-response.ts";

test("cancels the body for a client that went away before there was a response", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const client = new AbortController();
  const request = fetch(`http://127.0.0.1:${port}/`, { signal: client.signal });
  const [, outgoing] = (await once(server, "request")) as [IncomingMessage, ServerResponse];
  const closed = once(outgoing, "close");
  client.abort();
  await expect(request).rejects.toThrow("aborted");
  await closed;

  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    cancel() {
      isCancelled = true;
    },
  });
  await sendResponse(new Response(body), outgoing, () => undefined);
  expect(isCancelled).toBe(true);
  server.close();
});
