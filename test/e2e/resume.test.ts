import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { compose, cutBody, isBlob, isManifest, slowDrip, statusScript } from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { startRegistry } from "../support/registry.ts";
import { createCommand, hashFile, parseError, parseLines } from "./support/command.ts";

const wasm = bytesOf(6_000_000, "resume");
const component = { repository: "example/resumed", tag: "1.0", wasm } as const;
const path = (pushed: PushedComponent): string => `/v2/${component.repository}/blobs/${pushed.contentDigest}`;

test.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
  "after %s in the middle of a download the next pull asks only for the rest",
  async (killSignal) => {
    await using command = await createCommand();
    const stop = new AbortController();
    let isFirst = true;
    const slowly: Wrap = (handler) => {
      const slow = compose(
        onceSent(3_000_000, () => stop.abort()),
        slowDrip(isBlob, { bytes: 64 * 1024, everyMs: 2 }),
      )(handler);
      return (request) => (isFirst ? slow(request) : handler(request));
    };
    await using registry = await startRegistry({ wrap: slowly });
    const pushed = pushComponent(registry, component);
    const args = ["pull", pushed.reference, "--progress", "none"];
    const { code, signal } = await command.run(args, { signal: stop.signal, killSignal });
    expect([code, signal]).toEqual(
      { SIGKILL: [null, "SIGKILL"], SIGINT: [130, null], SIGTERM: [143, null] }[killSignal],
    );
    const cut = registry.requests.findLast((request) => request.path === path(pushed))?.bytesSent ?? 0;
    expect(await hashFile(command.componentOf(pushed.contentDigest))).toBeUndefined();
    isFirst = false;
    registry.clearLog();
    expect(await command.run(args)).toMatchObject({
      code: 0,
      stdout: `${command.componentOf(pushed.manifestDigest)}\n`,
    });
    expect(await hashFile(command.componentOf(pushed.contentDigest))).toBe(pushed.contentDigest);
    const [rest, ...more] = registry.requests.filter((request) => request.path === path(pushed));
    expect(more).toEqual([]);
    const [, offset] = /^bytes=(\d+)-$/.exec(rest?.headers.range ?? "") ?? [];
    // What was on its way, and in buffers, is lost.
    expect(Number(offset)).toBeGreaterThan(1_000_000);
    expect(Number(offset)).toBeLessThanOrEqual(cut);
    expect(rest).toMatchObject({ status: 206, bytesSent: wasm.length - Number(offset) });
    expect(rest?.headers["if-range"]).toMatch(/^".+"$/);
    expect(await readdir(join(command.cache, ".store/v1/ingest"))).toEqual([]);
  },
);

test("a pull says what it waits for, in lines and in JSON, and gives up after the attempts it was given", async () => {
  await using command = await createCommand();
  const busy = { match: isManifest, status: 503, headers: { "retry-after": "0" } };
  const down = { match: isManifest, status: 502 };
  await using registry = await startRegistry({
    wrap: statusScript([down, busy, down, busy]),
  });
  const { reference } = pushComponent(registry, component);
  const env = { GREENTIC_OCI_RETRY_INITIAL_MS: "20" };
  const first = await command.run(["pull", reference, "--progress", "plain"], { env });
  expect(first.code).toBe(0);
  const { host } = registry;
  const lines = first.stderr.split("\n").filter((line) => line.includes("waiting"));
  expect(lines.map((line) => line.replace(/\d+(\.\d+)? s/, "N s"))).toEqual([
    `${host}: waiting N s to try again: ${host} answered 502; attempt 2 of 5 follows`,
    `${host}: waiting N s as the server asks: ${host} answered 503; attempt 3 of 5 follows`,
    `${host}: waiting N s to try again: ${host} answered 502; attempt 4 of 5 follows`,
    `${host}: waiting N s as the server asks: ${host} answered 503; attempt 5 of 5 follows`,
  ]);
  await using broken = await startRegistry({ wrap: statusScript([down, down]) });
  const args = ["resolve", `${broken.host}/a/b:1`, "--retries", "1", "--progress", "json"];
  const { code, stderr } = await command.run(args, { env });
  expect(code).toBe(7);
  const events = parseLines(stderr);
  expect(events.filter(({ event }) => event === "waiting")).toEqual([
    {
      event: "waiting",
      for: "retry",
      subject: broken.host,
      seconds: expect.any(Number),
      detail: `${broken.host} answered 502; attempt 2 of 2 follows`,
    },
  ]);
  expect(events.at(-1)).toMatchObject({
    error: {
      code: "NETWORK",
      message: expect.stringMatching(/answered 502 \(after 2 attempts\)$/),
      details: { attempts: 2 },
    },
  });
});

test("a wait that is too long is no wait, and one that goes on can be interrupted", async () => {
  await using command = await createCommand();
  await using patient = await startRegistry({ wrap: wish("3600") });
  const refused = await command.run(["resolve", `${patient.host}/a/b:1`, "--json"]);
  expect(refused.code).toBe(7);
  expect(parseError(refused.stderr)).toMatchObject({
    code: "RATE_LIMITED",
    message: expect.stringContaining("wants no request for 3600 s"),
    details: { retry_after_ms: 3_600_000 },
  });
  const stop = new AbortController();
  await using busy = await startRegistry({
    wrap: (handler) => {
      const limited = wish("50")(handler);
      return async (request) => {
        setTimeout(() => stop.abort(), 300);
        return limited(request);
      };
    },
  });
  const options = { signal: stop.signal, killSignal: "SIGINT" } as const;
  expect(await command.run(["resolve", `${busy.host}/a/b:1`], options)).toMatchObject({ code: 130 });
});

test.each([
  [["--retries", "x"], {}, "--retries is `x`, expected a whole number, 19 at most"],
  [["--retries", "20"], {}, "--retries is `20`, expected a whole number, 19 at most"],
  [
    [],
    { GREENTIC_OCI_RETRY_ATTEMPTS: "0" },
    "GREENTIC_OCI_RETRY_ATTEMPTS is `0`, expected a whole number from 1 to 20",
  ],
  [
    [],
    { GREENTIC_OCI_RETRY_MAX_MS: "1m" },
    "GREENTIC_OCI_RETRY_MAX_MS is `1m`, expected a whole number from 0 to 60000",
  ],
])("%j with %j is refused before anything is asked", async (options, env, message) => {
  await using command = await createCommand();
  const { code, stderr } = await command.run(["pull", "127.0.0.1:1/a/b:1", ...options], { env });
  expect(code).toBe(2);
  expect(stderr.split("\n")[0]).toBe(`error: ${message}`);
});

test("a body that is cut is gone on with in the same run, and the terminal says so", async () => {
  await using command = await createCommand();
  let asked = 0;
  await using registry = await startRegistry({
    wrap: cutBody((request) => isBlob(request) && asked++ === 0, 2_000_000),
  });
  const pushed = pushComponent(registry, component);
  const { code, stderr } = await command.run(["pull", pushed.reference]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/waiting .* s to try again: .*the connection closed after 2000000 of 6000000 bytes/);
  expect(await hashFile(command.componentOf(pushed.contentDigest))).toBe(pushed.contentDigest);
  const ranges = registry.requests.filter(({ path: asked_ }) => asked_ === path(pushed));
  expect(ranges.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=2000000-"]);
});

/** Answers the first request for a manifest with this wish. */
function wish(seconds: string): Wrap {
  return statusScript([{ match: isManifest, status: 429, headers: { "retry-after": seconds } }]);
}

/** Calls `then` when that much of the component was sent. */
function onceSent(bytes: number, then: () => void): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    const { body } = response;
    if (body === null || !isBlob({ method: request.method, path: new URL(request.url).pathname }))
      return response;
    const counted = async function* counted(): AsyncGenerator<Uint8Array> {
      let sent = 0;
      for await (const chunk of body) {
        yield chunk;
        sent += chunk.length;
        if (sent >= bytes) then();
      }
    };
    return new Response(ReadableStream.from(counted()), response);
  };
}
