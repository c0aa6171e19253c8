import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { isBlob, statusScript } from "../support/faults.ts";
import { startServer } from "../support/http-server.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { freePort } from "../support/servers.ts";
import { createCommand, hashFile, parseError, parseLines, pretty } from "./support/command.ts";

const wasm = bytesOf(300_000, "output");

let registry: Registry;
let pushed: PushedComponent;

beforeAll(async () => {
  registry = await startRegistry();
  pushed = pushComponent(registry, { repository: "example/output", tag: "1.0", wasm });
});
afterAll(() => registry[Symbol.asyncDispose]());

describe("--progress json", () => {
  test("writes one event a line, with the names and keys of the manual, and leaves stdout alone", async () => {
    await using command = await createCommand();
    const { code, stdout, stderr } = await command.run(["pull", pushed.reference, "--progress", "json"]);
    const path = command.componentOf(pushed.manifestDigest);
    const { reference, manifestDigest, contentDigest } = pushed;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${path}\n` });
    const events = parseLines(stderr);
    const others = events.filter(({ event }) => event !== "progress");
    expect(others).toEqual([
      { event: "resolving", reference },
      { event: "resolved", reference, digest: manifestDigest },
      { event: "downloading", reference, digest: contentDigest, total_bytes: wasm.length },
      { event: "verified", digest: contentDigest },
      { event: "cached", reference, digest: manifestDigest, path, fetched: true },
    ]);
    const received = events
      .filter(({ event }) => event === "progress")
      .map((event) => event["received_bytes"]);
    expect(received).toEqual([...received].toSorted((a, b) => Number(a) - Number(b)));
    expect(events.findLast(({ event }) => event === "progress")).toEqual({
      event: "progress",
      digest: contentDigest,
      received_bytes: wasm.length,
      total_bytes: wasm.length,
    });
  });

  test("ends with the error as its last line", async () => {
    await using command = await createCommand();
    const reference = `${registry.host}/example/output:2.0`;
    for (const options of [["--progress", "json"], ["--progress=json"], ["--progress", "json", "--json"]]) {
      const { code, stdout, stderr } = await command.run(["pull", reference, ...options]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      const lines = parseLines(stderr);
      expect(lines.slice(0, -1)).toEqual([
        { event: "resolving", reference },
        {
          event: "failed",
          reference,
          code: "NOT_FOUND",
          message: expect.stringContaining("MANIFEST_UNKNOWN") as unknown,
        },
      ]);
      const last = parseError(stderr.trimEnd().split("\n").at(-1)!);
      expect(Object.keys(last)).toEqual(["code", "message", "hint", "details"]);
      expect(last.code).toBe("NOT_FOUND");
    }
  });

  test("shows a misuse as one line too", async () => {
    await using command = await createCommand();
    const { code, stderr } = await command.run(["pull", "--progress", "json"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^\{"error":\{"code":"INVALID_INPUT",.*\}\}\n$/);
  });

  test("has warnings as events", async () => {
    await using command = await createCommand();
    await command.run(["pull", pushed.reference]);
    const { stderr } = await command.run(["--offline", "pull", pushed.reference, "--progress", "json"]);
    expect(parseLines(stderr)).toContainEqual({
      event: "warning",
      code: "SERVED_OFFLINE",
      message: expect.stringContaining(pushed.manifestDigest) as unknown,
      reference: pushed.reference,
    });
  });
});

describe("progress", () => {
  test.each(["", "--progress plain", "--progress auto"])(
    "where there is no terminal is lines of text (%s)",
    async (options) => {
      await using command = await createCommand();
      const args = words(options);
      const { code, stdout, stderr } = await command.run(["pull", pushed.reference, ...args]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `${command.componentOf(pushed.manifestDigest)}\n`,
      });
      const [first, last, ...rest] = stderr.split("\n");
      expect(first).toBe(`${pushed.reference}: downloading 293.0 KiB`);
      expect(last).toMatch(/^oci:\/\/.*: verified sha256:[0-9a-f]{64} in \d+\.\d s$/);
      expect(rest).toEqual([""]);
    },
  );

  test.each(["--progress none", "--quiet", "--json", "--quiet --progress json"])(
    "is not shown with %s",
    async (options) => {
      await using command = await createCommand();
      const { code, stderr } = await command.run(["pull", pushed.reference, ...words(options)]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    },
  );

  test("is not shown for what is cached", async () => {
    await using command = await createCommand();
    await command.run(["pull", pushed.reference]);
    expect((await command.run(["pull", pushed.reference])).stderr).toBe("");
  });
});

describe("a notice", () => {
  test("is one line on stderr, and --quiet silences it but no error", async () => {
    await using command = await createCommand();
    await command.run(["pull", pushed.reference]);
    const said = await command.run(["--offline", "pull", pushed.reference]);
    expect(said.stderr).toMatch(/^warning: offline: .+ which it meant on \d{4}-.+\n$/);
    const quiet = await command.run(["--offline", "--quiet", "pull", pushed.reference]);
    expect(quiet).toEqual({ ...said, stderr: "" });
    const failed = await command.run(["--offline", "--quiet", "pull", "ghcr.io/a/b:1"]);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toMatch(/^error: offline mode forbids fetching/);
  });
});

describe("--verbose", () => {
  test("shows each request on stderr and changes nothing on stdout", async () => {
    await using command = await createCommand();
    const { code, stdout, stderr } = await command.run([
      "pull",
      pushed.reference,
      "--verbose",
      "--progress",
      "none",
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${command.componentOf(pushed.manifestDigest)}\n` });
    const base = `${registry.url}/v2/example/output`;
    expect(stderr.replaceAll(/\(\d+ ms\)/g, "(T)").split("\n")).toEqual([
      `GET ${base}/manifests/1.0 -> 200 (T)`,
      `GET ${base}/blobs/${pushed.contentDigest} -> 200 (T)`,
      "",
    ]);
  });

  test("says what caused an error, without a stack trace", async () => {
    await using command = await createCommand();
    const reference = `127.0.0.1:${await freePort()}/example/hello:1.0`;
    const { code, stderr } = await command.run(["pull", reference, "--verbose"]);
    expect(code).toBe(7);
    expect(stderr).toContain("\ncaused by: ");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("a secret in an address", () => {
  test("is in no output and in no file of the cache", async () => {
    await using command = await createCommand();
    await using server = await startServer(async (request) =>
      request.url.includes("/missing")
        ? new Response(null, { status: 404 })
        : new Response(smallComponent, {
            headers: { "content-length": String(smallComponent.length), etag: '"1"' },
          }),
    );
    const env = { GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP: "1" };
    const address = (path: string): string => `http://ada:canary@${server.host}/${path}?token=canary`;
    const results = [];
    for (const options of [["--verbose"], ["--json"], ["--progress", "json"], ["--offline"]]) {
      results.push(await command.run(["pull", address("x.wasm"), ...options], { env }));
      results.push(await command.run(["resolve", address("x.wasm"), ...options], { env }));
    }
    results.push(await command.run(["cache", "ls", "--long"]));
    results.push(await command.run(["cache", "ls", "--long", "--json"]));
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
    for (const options of [["--verbose"], ["--json"], ["--progress", "json"]]) {
      const failed = await command.run(["pull", address("missing"), ...options], { env });
      expect(failed.code).toBe(3);
      results.push(failed);
    }
    results.push(await command.run(["pull", "http://ada:canary@example.com/x?token=canary", "--json"]));
    results.push(await command.run(["pull", "ada:canary@example.com/x y", "--json"]));
    results.push(await command.run(["pull", "sftp://ada:canary@example.com/x", "--verbose"]));
    for (const { stdout, stderr } of results) expect(stdout + stderr).not.toContain("canary");
    expect(server.requests[0]!.headers.authorization).toBe(`Basic ${btoa("ada:canary")}`);
    expect(JSON.parse(results[2]!.stdout)).toMatchObject({
      reference: `http://***@${server.host}/x.wasm?***`,
    });
    const files = await readdir(command.cache, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((file) => file.isFile())) {
      const path = join(entry.parentPath, entry.name);
      expect(path + (await readFile(path, "latin1"))).not.toContain("canary");
    }
  });
});

describe("--strict", () => {
  test.each<[what: string, code: number, errorCode: string, manifest: object, warning: string]>([
    [
      "a hash that is stale",
      6,
      "DIGEST_MISMATCH",
      { hashes: { component_wasm: `blake3:${"0".repeat(64)}` } },
      "is stale",
    ],
    [
      "a name that is a path",
      2,
      "UNUSABLE_ARTIFACT",
      { artifacts: { component_wasm: "target/x.wasm" } },
      "is no bare file name",
    ],
  ])(
    "refuses %s with %d, where without it there is only a warning",
    async (_what, code, errorCode, componentManifest, warning) => {
      await using command = await createCommand();
      const { reference, manifestDigest } = pushComponent(registry, {
        repository: "example/strict",
        wasm,
        componentManifest,
      });
      const strict = await command.run(["--strict", "pull", reference, "--json"]);
      expect(strict).toMatchObject({ code, stdout: "" });
      const error = parseError(strict.stderr);
      expect(error.code).toBe(errorCode);
      expect(error.message).toContain(warning);
      const lenient = await command.run(["pull", reference, "--progress", "none"]);
      expect(lenient).toMatchObject({ code: 0, stdout: `${command.componentOf(manifestDigest)}\n` });
      expect(lenient.stderr).toBe(`warning: ${error.message}\n`);
    },
  );

  test("does not refuse what is only about this machine", async () => {
    await using command = await createCommand();
    await command.run(["pull", pushed.reference]);
    expect((await command.run(["--strict", "--offline", "pull", pushed.reference])).code).toBe(0);
  });
});

describe("--insecure-registry", () => {
  test("is what plain http to another host than this one needs", async () => {
    await using command = await createCommand();
    // Linux takes 0.0.0.0 to this machine; to the command it is a host like any other.
    const host = registry.host.replace("127.0.0.1", "0.0.0.0");
    const reference = `${host}/example/output:1.0`;
    const refused = await command.run(["pull", reference]);
    expect(refused).toMatchObject({ code: 7, stdout: "" });
    expect(refused.stderr).toContain(`${host} does not speak TLS as expected`);
    const options = ["--insecure-registry", "other.example", "--insecure-registry", host];
    const { code, stdout } = await command.run(["pull", reference, ...options]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${command.componentOf(pushed.manifestDigest)}\n` });
  });
});

test("nothing that a registry says reaches the terminal as more than text", async () => {
  const hostile = "\u001b]0;owned\u0007\u009b31m\u202e";
  const body = JSON.stringify({ errors: [{ code: hostile, message: hostile }] });
  await using noisy = await startRegistry({
    wrap: statusScript([1, 2].map(() => ({ match: () => true, status: 404, body }))),
  });
  await using command = await createCommand();
  for (const options of [[], ["--json"]]) {
    const { code, stderr } = await command.run(["pull", `${noisy.host}/a/b:1`, ...options]);
    expect(code).toBe(3);
    expect(stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  }
});

test("a component that the registry no longer has is served by its digest all the same", async () => {
  await using command = await createCommand();
  await using gone = await startRegistry({ wrap: statusScript([{ match: isBlob, status: 404 }]) });
  const { reference, manifestDigest, contentDigest } = pushComponent(gone, {
    repository: "example/gone",
    wasm,
  });
  expect((await command.run(["pull", reference])).code).toBe(3);
  expect((await command.run(["pull", reference])).code).toBe(0);
  const { stdout } = await command.run(["pull", manifestDigest, "--json"]);
  const path = command.componentOf(manifestDigest);
  expect(stdout).toBe(
    pretty({ reference: manifestDigest, digest: manifestDigest, cache_path: path, fetched: false }),
  );
  expect(await hashFile(path)).toBe(contentDigest);
});

test("a reference with a control character is shown escaped", async () => {
  await using command = await createCommand();
  await writeFile(join(command.directory, "x"), "");
  const { code, stderr } = await command.run(["pull", "a\u001b[31m\u202eb"]);
  expect(code).toBe(2);
  expect(stderr).toContain(String.raw`error: invalid reference ${"`"}a\u{1b}[31m\u{202e}b${"`"}`);
});

function words(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}
