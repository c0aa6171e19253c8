import { describe, expect, test } from "vitest";
import { type Digest, type DistEvent, parseDigest } from "../../core/index.ts";
import { createReporter } from "./create-reporter.ts";
// So that it is there as soon as a reporter loads it.
import "./plain.ts";
import { type ReporterOptions } from "./reporter.ts";

const digest: Digest = parseDigest(`sha256:${"a".repeat(64)}`);
const other: Digest = parseDigest(`sha256:${"b".repeat(64)}`);
const reference = "oci://example.com/hello:1.0";

const warning: DistEvent = { event: "warning", code: "SERVED_OFFLINE", message: "offline", reference };

describe("plain", () => {
  test("says when a download begins, every five seconds, and when it is done", async () => {
    const { text } = await report({ form: "plain" }, [
      [0, { event: "resolving", reference }],
      [0, { event: "downloading", reference, digest, totalBytes: 10_240 }],
      [4_999, { event: "progress", digest, receivedBytes: 1_024, totalBytes: 10_240 }],
      [5_000, { event: "progress", digest, receivedBytes: 2_048, totalBytes: 10_240 }],
      [9_000, { event: "progress", digest, receivedBytes: 4_096, totalBytes: 10_240 }],
      [12_000, { event: "progress", digest, receivedBytes: 10_240, totalBytes: 10_240 }],
      [12_100, { event: "verified", digest }],
      [12_100, { event: "cached", reference, digest, path: "/x", fetched: true }],
    ]);
    expect(text.split("\n")).toEqual([
      `${reference}: downloading 10.0 KiB`,
      `${reference}: 20 % of 10.0 KiB`,
      `${reference}: 100 % of 10.0 KiB`,
      `${reference}: verified ${digest} in 12.1 s`,
      "",
    ]);
  });

  test("says the same of an upload, which may go back", async () => {
    const { text } = await report({ form: "plain" }, [
      [0, { event: "uploading", reference, digest, totalBytes: 10_240 }],
      [5_000, { event: "sent", digest, sentBytes: 4_096, totalBytes: 10_240 }],
      [10_000, { event: "sent", digest, sentBytes: 1_024, totalBytes: 10_240 }],
      [12_000, { event: "uploaded", digest }],
      [12_000, { event: "pushed", reference, digest, uploaded: true }],
    ]);
    expect(text.split("\n")).toEqual([
      `${reference}: uploading 10.0 KiB`,
      `${reference}: 40 % of 10.0 KiB`,
      `${reference}: 10 % of 10.0 KiB`,
      `${reference}: uploaded ${digest} in 12.0 s`,
      "",
    ]);
  });

  test("says of a bundle how much of it is written or read, whatever is in it", async () => {
    const { text } = await report({ form: "plain" }, [
      [0, { event: "saving", bundle: "b.tar", bytes: 0, totalBytes: 10_240 }],
      [5_000, { event: "saving", bundle: "b.tar", bytes: 4_096, totalBytes: 10_240 }],
      [6_000, { event: "saving", bundle: "b.tar", bytes: 10_240, totalBytes: 10_240 }],
      [7_000, { event: "saved", bundle: "b.tar" }],
      [7_000, { event: "loading", bundle: "stdin", bytes: 512, totalBytes: undefined }],
      [12_000, { event: "loading", bundle: "stdin", bytes: 2_048, totalBytes: undefined }],
      [12_000, { event: "loaded", bundle: "stdin" }],
    ]);
    expect(text.split("\n")).toEqual([
      "b.tar: saving 10.0 KiB",
      "b.tar: 40 % of 10.0 KiB",
      "b.tar: saved in 7.0 s",
      "stdin: loading",
      "stdin: 2.0 KiB",
      "stdin: loaded in 5.0 s",
      "",
    ]);
  });

  test("does without a digest and without a size", async () => {
    const { text } = await report({ form: "plain" }, [
      [0, { event: "downloading", reference, digest: undefined, totalBytes: undefined }],
      [6_000, { event: "progress", digest: undefined, receivedBytes: 2_048, totalBytes: undefined }],
      [7_000, { event: "verified", digest }],
      [7_000, { event: "verified", digest: other }],
    ]);
    expect(text.split("\n")).toEqual([
      `${reference}: downloading`,
      `${reference}: 2.0 KiB`,
      `${reference}: verified ${digest} in 7.0 s`,
      "",
    ]);
  });

  test("says what is waited for", async () => {
    const { text } = await report({ form: "plain" }, [
      [0, { event: "waiting", for: "rate-limit", subject: "ghcr.io", seconds: 30, detail: "429\u001b" }],
    ]);
    expect(text).toContain("ghcr.io: waiting 30 s as the server asks: 429");
  });

  test("is what auto means where there is no terminal", async () => {
    const events: Events = [[0, { event: "downloading", reference, digest, totalBytes: 1 }]];
    const plain = await report({ form: "plain", isTerminal: () => true }, events);
    expect((await report({ form: "auto", isTerminal: () => false }, events)).text).toBe(plain.text);
  });
});

describe("json", () => {
  test("is each event on a line, keys in snake_case", async () => {
    const { text } = await report({ form: "json", warnings: false }, [
      [0, { event: "downloading", reference, digest, totalBytes: 7 }],
      [0, warning],
    ]);
    expect(text).toBe(
      `${JSON.stringify({ event: "downloading", reference, digest, total_bytes: 7 })}\n${JSON.stringify(warning)}\n`,
    );
  });
});

describe("a warning", () => {
  test.each(["auto", "plain", "none"] as const)(
    "is a line with %s, unless warnings are not wanted",
    async (form) => {
      expect((await report({ form }, [[0, warning]])).text).toBe("warning: offline\n");
      expect((await report({ form, warnings: false }, [[0, warning]])).text).toBe("");
      expect((await report({ form, colour: () => true }, [[0, warning]])).text).toContain("\u001b[33m");
    },
  );
});

test("nobody looks for a terminal before there is something to draw", async () => {
  let asked = 0;
  const isTerminal = (): boolean => {
    asked += 1;
    return false;
  };
  await report({ form: "auto", isTerminal }, [
    [0, { event: "resolving", reference }],
    [0, { event: "resolved", reference, digest }],
    [0, { event: "cached", reference, digest, path: "/x", fetched: false }],
  ]);
  expect(asked).toBe(0);
  await report({ form: "auto", isTerminal }, [
    [0, { event: "downloading", reference, digest, totalBytes: 1 }],
  ]);
  expect(asked).toBe(1);
});

type Events = readonly (readonly [at: number, event: DistEvent])[];

/** What a reporter writes of `events`, each with the time at which it happens. */
async function report(options: Partial<ReporterOptions>, events: Events): Promise<{ readonly text: string }> {
  let now = 0;
  let text = "";
  const reporter = createReporter({
    form: "none",
    isTerminal: () => false,
    warnings: true,
    colour: () => false,
    write: (more) => (text += more),
    now: () => now,
    ...options,
  });
  for (const [at, event] of events) {
    now = at;
    reporter.onEvent(event);
    // What draws is loaded when the first download or upload begins.
    // oxlint-disable-next-line vitest/no-conditional-in-test
    if (/loading|saving/.test(event.event)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await reporter.finish();
  return { text };
}
