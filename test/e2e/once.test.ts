import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { runCli } from "../support/cli.ts";
import { isBlob, slowDrip } from "../support/faults.ts";
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
  await expect.poll(() => blobRequests(registry), { timeout: 10_000 }).toBe(1);
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
