import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { runCli, type RunOptions, type RunResult } from "../support/cli.ts";
import { isBlob, slowDrip } from "../support/faults.ts";
import { startServer, type TestServer } from "../support/http-server.ts";
import { startRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp-dir.ts";
import { hashFile } from "./support/command.ts";

const processes = 8;
const slow = slowDrip(isBlob, { bytes: 100_000, everyMs: 20 });
const component = { repository: "example/once", tag: "1.0", wasm: bytesOf(1_000_000, "once") };

function blobRequests(registry: { readonly requests: readonly { readonly path: string }[] }): number {
  return registry.requests.filter(({ path }) => path.includes("/blobs/")).length;
}

test(`${processes} processes that pull one thing at once download it once`, async () => {
  await using registry = await startRegistry({ wrap: slow });
  const { reference } = pushComponent(registry, component);
  for (let round = 1; round <= 4; round++) {
    await using dir = await tempDir();
    const args = ["--cache-dir", join(dir.path, "cache"), "pull", reference];
    const results = await Promise.all(Array.from({ length: processes }, () => runCli(args)));
    expect(results.map(({ code, stderr }) => ({ code, error: /error.*/.exec(stderr)?.[0] }))).toEqual(
      results.map(() => ({ code: 0, error: undefined })),
    );
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(blobRequests(registry)).toBe(round);
  }
});

test("when the one that downloads is killed, another goes on at once", async () => {
  await using registry = await startRegistry({ wrap: slow });
  const { reference, contentDigest } = pushComponent(registry, component);
  await using dir = await tempDir();
  const args = ["--cache-dir", join(dir.path, "cache"), "pull", reference];
  const stop = new AbortController();
  const first = runCli(args, { signal: stop.signal, killSignal: "SIGKILL" });
  await expect.poll(() => blobRequests(registry)).toBe(1);
  const others = [runCli(args), runCli(args)];
  stop.abort();
  expect((await first).signal).toBe("SIGKILL");
  for (const { code, stdout } of await Promise.all(others)) {
    expect(code).toBe(0);
    expect(await hashFile(stdout.trim())).toBe(contentDigest);
  }
  expect(blobRequests(registry)).toBe(2);
});

test("who waits for another process says so", async () => {
  await using registry = await startRegistry({ wrap: slowDrip(isBlob, { bytes: 50_000, everyMs: 200 }) });
  const { reference } = pushComponent(registry, component);
  await using dir = await tempDir();
  const args = ["--cache-dir", join(dir.path, "cache"), "pull", reference, "--progress", "plain"];
  const both = await Promise.all([runCli(args), runCli(args)]);
  const said = both.map(({ stderr }) => stderr).join("");
  expect(said).toMatch(/waiting for the lock: held by pid \d+ on this machine \(1 s\)/);
  expect(blobRequests(registry)).toBe(1);
});

const web = bytesOf(600_000, "web");

/** A server of one file that answers when it is let, and processes that want that file. */
interface Web extends AsyncDisposable {
  readonly server: TestServer;
  /** Whether it answers. */
  isOpen: boolean;
  /** Starts a process. */
  readonly run: (options?: RunOptions) => Promise<RunResult>;
  /** Waits until so many processes have begun to ask. */
  readonly asking: (count: number) => Promise<void>;
}

async function openWeb(headers: Readonly<Record<string, string>>): Promise<Web> {
  const dir = await tempDir();
  const log = join(dir.path, "log");
  const server = await startServer(async () => {
    while (!result.isOpen) await sleep(10);
    return new Response(web, { headers: { "content-length": String(web.length), ...headers } });
  });
  const args = ["pull", `${server.url}/x.wasm?secret=1`, "--json", "--progress", "json"];
  const result: Web = {
    server,
    isOpen: false,
    run: (options) =>
      runCli(["--cache-dir", join(dir.path, "cache"), ...args], {
        ...options,
        env: { GREENTIC_DIST_ALLOW_INSECURE_LOCAL_HTTP: "1", LOG: log },
        through: ["sh", "-c", 'exec "$@" 2>> "$LOG"', "sh"],
      }),
    async asking(count) {
      const said = new RegExp(`(?:[^]*"resolving"){${count}}`);
      await expect.poll(() => readFile(log, "utf8")).toMatch(said);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
  await writeFile(log, "");
  return result;
}

async function expectPulled(results: readonly RunResult[]): Promise<readonly boolean[]> {
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  const pulled = results.map(({ stdout }) => JSON.parse(stdout) as { cache_path: string; fetched: boolean });
  for (const { cache_path: path } of pulled) expect(await hashFile(path)).toBe(digestOf(web));
  return pulled.map(({ fetched }) => fetched);
}

test.each([{ headers: {} }, { headers: { etag: '"one"' } }])(
  `${processes} processes that pull one web address at once read it once (its server says $headers)`,
  async ({ headers }) => {
    for (let round = 1; round <= 3; round++) {
      await using one = await openWeb(headers);
      const all = Promise.all(Array.from({ length: processes }, () => one.run()));
      await one.asking(processes);
      one.isOpen = true;
      expect((await expectPulled(await all)).filter(Boolean)).toHaveLength(1);
      expect(one.server.requests).toHaveLength(1);
    }
  },
);

test("when the one that reads a web address is killed, one other does, for what it meant before is not believed", async () => {
  await using one = await openWeb({});
  one.isOpen = true;
  await expectPulled([await one.run()]);
  one.isOpen = false;
  const stop = new AbortController();
  const first = one.run({ signal: stop.signal, killSignal: "SIGKILL" });
  await expect.poll(() => one.server.requests.length).toBe(2);
  const others = Promise.all([one.run(), one.run()]);
  await one.asking(4);
  stop.abort();
  expect((await first).signal).toBe("SIGKILL");
  one.isOpen = true;
  await expectPulled(await others);
  expect(one.server.requests).toHaveLength(3);
});
