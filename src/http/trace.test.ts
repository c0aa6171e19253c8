import { expect, test } from "vitest";
import { DistError } from "../core/index.ts";
import type { Http, HttpRequest, HttpResponse } from "./http.ts";
import { withTrace } from "./trace.ts";

const request: HttpRequest = {
  method: "GET",
  url: new URL("https://registry.example/v2/a?signature=s3cret"),
  headers: { authorization: "Bearer s3cret" },
};

test("logs each exchange on one line, without secrets", async () => {
  const lines = await traced(async () => responseWith(200));
  expect(lines).toEqual(["GET https://registry.example/v2/a?*** -> 200 (12 ms)"]);
});

test("logs why an exchange failed, and lets the failure pass", async () => {
  const failure = new DistError("TIMEOUT", "too slow", { phase: "connect" });
  const lines = await traced(() => Promise.reject(failure), failure);
  expect(lines).toEqual(["GET https://registry.example/v2/a?*** -> TIMEOUT (12 ms)"]);
});

test("closes what it decorates", () => {
  let isClosed = false;
  const http = { send: async () => responseWith(200), close: () => void (isClosed = true) };
  withTrace(
    http,
    () => undefined,
    () => 0,
  ).close();
  expect(isClosed).toBe(true);
});

async function traced(send: Http["send"], expected?: Error): Promise<readonly string[]> {
  const lines: string[] = [];
  const times = [100, 112.3];
  const http = withTrace(
    { send, close: () => undefined },
    (line) => lines.push(line),
    () => times.shift() ?? 0,
  );
  const failure = await http.send(request).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBe(expected);
  return lines;
}

function responseWith(status: number): HttpResponse {
  const body = { length: 0, delimited: true, async *[Symbol.asyncIterator]() {} };
  return { status, header: () => undefined, body, discard: () => undefined };
}
