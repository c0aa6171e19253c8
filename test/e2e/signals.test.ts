import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { acceptNoReply, compose, isBlob, isManifest, slowDrip } from "../support/faults.ts";
import type { Wrap } from "../support/http-server.ts";
import { commandLine } from "../support/command-line.ts";
import { startRegistry } from "../support/registry.ts";
import { type Command, createCommand, hashFile, parseError, parseLines, pretty } from "./support/command.ts";

const wasm = bytesOf(3_000_000, "signals");

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("(%s) stops a pull with %d and leaves no half of it", async (killSignal, code) => {
    await using command = await createCommand();
    const stop = new AbortController();
    const drip = slowDrip(isBlob, { bytes: 10_000, everyMs: 20 });
    await using registry = await startRegistry({
      wrap: compose(
        drip,
        onBody(() => stop.abort()),
      ),
    });
    const { reference, manifestDigest, contentDigest } = pushComponent(registry, {
      repository: "example/stopped",
      tag: "1.0",
      wasm,
    });
    const options = { signal: stop.signal, killSignal };
    const stopped = await command.run(["pull", reference, "--progress", "none"], options);
    expect(stopped).toEqual({
      code,
      signal: null,
      stdout: "",
      stderr: "error: stopped before it was done\n",
    });
    expect(await ingestOf(command)).toEqual([]);
    for (const digest of [manifestDigest, contentDigest]) {
      expect(await hashFile(command.componentOf(digest))).toBeUndefined();
    }
  });

  test("stops a pull that waits for an answer", async () => {
    await using command = await createCommand();
    const stop = new AbortController();
    await using registry = await startRegistry({
      wrap: compose(
        onRequest(() => setTimeout(() => stop.abort(), 50)),
        acceptNoReply(isManifest),
      ),
    });
    const options = { signal: stop.signal, killSignal: "SIGINT" } as const;
    const args = ["pull", `${registry.host}/a/b:1`];
    const asJson = await command.run([...args, "--json"], options);
    expect(asJson).toMatchObject({ code: 130, stdout: "" });
    expect(parseError(asJson.stderr)).toMatchObject({ code: "ABORTED", hint: null });
  });

  test.each([
    ["that waits for stdin", false],
    ["whose stdin ends at the same time", true],
  ])("stops a load %s", async (_, ends) => {
    await using command = await createCommand();
    await writeFile(join(command.directory, "large.wasm"), wasm);
    await command.run(["save", "large.wasm", "-o", "b.tar"]);
    const [program, ...rest] = commandLine();
    const args = [...rest, "load", "-", "--progress", "none", "--cache-dir", join(command.directory, "far")];
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
    const said = text(child.stderr);
    // More than a pipe holds: when it is written, most of it was read.
    const half = (await readFile(join(command.directory, "b.tar"))).subarray(0, 2_000_000);
    await new Promise((resolve) => child.stdin.write(half, resolve));
    child.kill("SIGINT");
    if (ends) child.stdin.end();
    expect(await once(child, "exit")).toEqual([130, null]);
    expect(await said).toBe("error: stopped before it was done\n");
  });

  test("is the last line of --progress json", async () => {
    await using command = await createCommand();
    const stop = new AbortController();
    await using registry = await startRegistry({
      wrap: compose(
        slowDrip(isBlob, { bytes: 10_000, everyMs: 20 }),
        onBody(() => stop.abort()),
      ),
    });
    const { reference } = pushComponent(registry, { repository: "example/stopped", wasm });
    const options = { signal: stop.signal, killSignal: "SIGTERM" } as const;
    const { code, stderr } = await command.run(["pull", reference, "--progress", "json"], options);
    expect(code).toBe(143);
    expect(parseLines(stderr).slice(-2)).toMatchObject([
      { event: "failed", reference, code: "ABORTED" },
      { error: { code: "ABORTED" } },
    ]);
  });
});

describe("a reader that goes away", () => {
  test.each(["--help", "--version", "cache ls", "pull small.wasm --quiet"])(
    "from stdout is no error: %s",
    async (words) => {
      await using command = await createCommand();
      await writeFile(join(command.directory, "small.wasm"), smallComponent);
      const through = ["bash", "-c", 'set -o pipefail; "$@" | true', "bash"];
      expect(await command.run(words.split(" "), { through })).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("from stderr changes no exit code", async () => {
    await using command = await createCommand();
    const through = ["bash", "-c", 'set -o pipefail; "$@" 2>&1 >/dev/null | true', "bash"];
    expect((await command.run(["pull", ""], { through })).code).toBe(2);
    expect((await command.run(["pull", "", "--json"], { through })).code).toBe(2);
  });

  test("from a pipe that does not block is no error, and one that is slow gets everything", async () => {
    await using command = await createCommand();
    const digests = Array.from({ length: 2_000 }, (_, i) => `sha256:${i.toString(16).padStart(64, "0")}`);
    for (const digest of digests) {
      const folder = join(command.cache, digest.slice(7));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "component.wasm"), "");
    }
    expect(await listInto(command, "whole", "slow")).toEqual({
      code: 0,
      stdout: pretty(digests),
      stderr: "",
    });
    expect(await listInto(command, "gone", "away")).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a full disk", () => {
  test("behind stdout is said, and ends with 10", async () => {
    await using command = await createCommand();
    const through = ["sh", "-c", '"$@" >/dev/full', "sh"];
    const { code, stderr } = await command.run(["--version"], { through });
    expect(code).toBe(10);
    expect(stderr).toBe("error: cannot write to stdout: ENOSPC\nhint: look at where the output is sent to\n");
  });

  test("behind stderr changes no exit code", async () => {
    await using command = await createCommand();
    const through = ["sh", "-c", '"$@" 2>/dev/full', "sh"];
    expect((await command.run(["pull", ""], { through })).code).toBe(2);
  });
});

/** Runs `cache ls --json` into a FIFO opened without blocking, whose reader is slow or goes away after the first bytes. */
async function listInto(
  command: Command,
  name: string,
  reader: "slow" | "away",
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const fifo = join(command.directory, name);
  await promisify(execFile)("mkfifo", [fifo]);
  const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const [program, ...words] = commandLine();
  const args = [...words, "cache", "ls", "--json", "--cache-dir", command.cache];
  const child = spawn(program, args, { stdio: ["ignore", writeEnd, "pipe"] });
  closeSync(writeEnd);
  const ended = once(child, "close") as Promise<[number | null]>;
  const stderr = text(child.stderr!);
  // Long enough for the pipe to be full, with more to come.
  await sleep(500);
  if (reader === "away") closeSync(readEnd);
  const stdout = reader === "away" ? "" : await readAll(readEnd);
  const [code] = await ended;
  return { code, stdout, stderr: await stderr };
}

/** Everything that comes out of a FIFO that does not block, until nobody writes to it any more. */
async function readAll(fd: number): Promise<string> {
  const pieces: Buffer[] = [];
  const buffer = Buffer.alloc(16 * 1024);
  for (;;) {
    try {
      const length = readSync(fd, buffer);
      if (length === 0) break;
      pieces.push(Buffer.from(buffer.subarray(0, length)));
    } catch {
      await sleep(2);
    }
  }
  closeSync(fd);
  return Buffer.concat(pieces).toString();
}

async function ingestOf({ cache }: Command): Promise<readonly string[]> {
  return readdir(join(cache, ".store", "v1", "ingest"));
}

/** Calls `then` when some of a blob's body has been sent. */
function onBody(then: () => void): Wrap {
  return (handler) => async (request) => {
    const response = await handler(request);
    if (response.body === null || !isBlob({ method: request.method, path: new URL(request.url).pathname }))
      return response;
    setTimeout(then, 100);
    return response;
  };
}

/** Calls `then` when a request has come. */
function onRequest(then: () => void): Wrap {
  return (handler) => (request) => {
    then();
    return handler(request);
  };
}
