import { describe, expect, it } from "vitest";
import { bytesOf } from "../../test/support/artifacts.ts";
import { httpFromFetch } from "../http/index.ts";
import { failureError, type HttpFailure, readFailure } from "./failures.ts";

const url = new URL("https://user-content.example/v2/a/manifests/1?sig=canary");

async function read(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers = {},
): Promise<HttpFailure> {
  const http = httpFromFetch(async () => new Response(body, { status: 500, headers }));
  return readFailure(await http.send({ method: "GET", url }), { method: "GET", url }, 0);
}

function errors(...entries: readonly unknown[]): string {
  return JSON.stringify({ errors: entries });
}

describe("readFailure", () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, readonly unknown[]]>([
    [
      "an entry",
      errors({ code: "DENIED", message: "no", detail: { a: 1 } }),
      [{ code: "DENIED", message: "no" }],
    ],
    ["a code only", errors({ code: "DENIED" }), [{ code: "DENIED", message: "" }]],
    [
      "control characters",
      errors({ code: "A\u001b[2J", message: "\u202eb" }),
      [{ code: "A\\u{1b}[2J", message: "\\u{202e}b" }],
    ],
    [
      "a long message",
      errors({ code: "A", message: "x".repeat(301) }),
      [{ code: "A", message: `${"x".repeat(300)}…` }],
    ],
    [
      "four entries",
      errors(...["A", "B", "C", "D"].map((code) => ({ code }))),
      ["A", "B", "C"].map((code) => ({ code, message: "" })),
    ],
    ["entries that are none", errors(null, 1, { code: 7 }), []],
    ["errors that are no list", '{"errors":{"code":"A"}}', []],
    ["a page", "<html>", []],
    ["bytes", bytesOf(100, "noise"), []],
    ["more than 64 KiB", errors({ code: "A", message: "x".repeat(65_536) }), []],
    ["nothing", "", []],
  ])("keeps what can be shown of %s", async (_, body, expected) => {
    expect((await read(body)).errors).toEqual(expected);
  });

  it("makes nothing of a body that breaks off", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    expect(await read(broken, { "retry-after": "3" })).toEqual({
      method: "GET",
      url: "https://user-content.example/v2/a/manifests/1?***",
      host: "user-content.example",
      status: 500,
      errors: [],
      retryAfterMs: 3000,
      attempts: undefined,
    });
  });
});

it("says all entries in one message", () => {
  const failure: HttpFailure = {
    method: "GET",
    url: "https://ghcr.io/v2/a/manifests/1",
    host: "ghcr.io",
    status: 500,
    errors: [
      { code: "A", message: "one" },
      { code: "B", message: "" },
    ],
    retryAfterMs: undefined,
    attempts: undefined,
  };
  const context = {
    reference: "ghcr.io/a:1",
    registry: "ghcr.io",
    tenant: undefined,
    access: { repository: "a" },
    server: "registry",
    credentialsSent: true,
    tried: [],
  } as const;
  const error = failureError(failure, context);
  expect(error.message).toBe("failed to pull `ghcr.io/a:1`: A: one; B");
  expect(error.details).toMatchObject({ status: 500, credentialsSent: true, reference: "ghcr.io/a:1" });
  expect(error.details).not.toHaveProperty("host");
});
