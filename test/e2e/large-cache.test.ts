import { linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Digest, mediaTypes } from "../../src/core/index.ts";
import { blobOf, digestOf, memoOf, viewOf } from "../support/cache-files.ts";
import { type Command, createCommand } from "./support/command.ts";

/** `GREENTIC_DIST_TEST_ENTRIES=10000` for the figure that is promised. */
const many = Number(process.env["GREENTIC_DIST_TEST_ENTRIES"] ?? 1_000);

test(`what a cached digest costs does not grow with the cache, and to list ${many} entries costs less than four looks each`, async () => {
  await using small = await createCommand();
  await using large = await createCommand();
  const [digest] = [fill(small.cache, 10), fill(large.cache, many)];
  // A file that has just been made is hashed once more before the cache trusts what it noted of it.
  await sleep(2_100);
  const pull = ["--offline", "pull", digest];
  for (const command of [small, large]) expect(await command.run(pull)).toMatchObject({ code: 0 });
  expect(await looksOf(large, pull)).toBe(await looksOf(small, pull));
  const listing = await looksOf(large, ["cache", "ls"]);
  expect(listing).toBeGreaterThan(3 * many);
  // Of every other content, by chance, it was known before that a manifest's folder shows it.
  expect(listing).toBeLessThan(3.75 * many + 20);
});

/** How many system calls of a command name a path in its cache. */
async function looksOf(command: Command, args: readonly string[]): Promise<number> {
  const log = join(command.directory, `${crypto.randomUUID()}.log`);
  const through = ["strace", "-f", "-qq", "-s", "200", "-o", log, "-e", "trace=%file"];
  expect(await command.run(args, { through })).toMatchObject({ code: 0, stderr: "" });
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes(`"${command.cache}`)).length;
}

/** Makes a cache of so many artifacts as a pull does, and returns the manifest of the first. */
function fill(root: string, count: number): Digest {
  const v1 = join(root, ".store/v1");
  for (const name of ["ingest", "trash", "quarantine", "refs", "leases"])
    mkdirSync(join(v1, name), { recursive: true });
  writeFileSync(join(v1, "CACHEDIR.TAG"), "");
  const manifests = Array.from({ length: count }, (_, i) => {
    const wasm = `component ${i}`;
    const content = digestOf(wasm);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociEmpty, digest: digestOf("{}"), size: 2 },
      layers: [{ mediaType: mediaTypes.wasm, digest: content, size: wasm.length }],
    });
    const digest = digestOf(manifest);
    const metadata = JSON.stringify({
      original_reference: `oci://registry.example/a/b${i}:1`,
      resolved_digest: digest,
      media_type: mediaTypes.wasm,
      fetched_at_unix_seconds: 1_700_000_000,
      size_bytes: wasm.length,
      manifest_digest: digest,
      manifest_wasm_name: null,
      content_digest: content,
    });
    write(blobOf(root, content), wasm);
    write(blobOf(root, digest), manifest);
    for (const one of [digest, content]) {
      write(memoOf(root, one), "");
      write(viewOf(root, one, "metadata.json"), metadata);
      linkSync(blobOf(root, content), viewOf(root, one, "component.wasm"));
    }
    return digest;
  });
  return manifests[0]!;
}

function write(path: string, bytes: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
