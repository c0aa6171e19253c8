import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import type { RunResult } from "../support/cli.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { sampleOf } from "../support/soak.ts";
import { type Command, createCommand } from "./support/command.ts";
import { type KillingRegistry, startKillingRegistry } from "./support/killing-registry.ts";

const indexType = "application/vnd.oci.image.index.v1+json";
const pieceBytes = 15_000;
const timeout = 300_000;
/** At how many moments each test kills in the default run. */
const sample = 5;

let near: Registry;
let far: KillingRegistry;
let command: Command;
beforeEach(async () => {
  near = await startRegistry();
  far = await startKillingRegistry(pieceBytes);
  command = await createCommand();
});
afterEach(async () => {
  for (const open of [near, far, command]) await open[Symbol.asyncDispose]();
});

/** An index of three components of some size; the digest of each blob, and what refers to it. */
function pushThree(registry: Registry) {
  const three = ["a", "b", "c"].map((os) =>
    pushComponent(registry, { repository: "acme/three", wasm: bytesOf(200_000, os) }),
  );
  const manifests = three.map(({ descriptor }, i) =>
    Object.assign(descriptor, { platform: { os: `wasip${i}`, architecture: "wasm" } }),
  );
  const index = { schemaVersion: 2, mediaType: indexType, manifests };
  const { digest } = registry.pushManifest("acme/three", "1.0", index, indexType);
  return {
    digest,
    blobs: three.map(({ contentDigest }) => contentDigest),
    reference: `${registry.host}/acme/three:1.0`,
  };
}

const isThere = async (path: string): Promise<boolean> =>
  (await fetch(`${far.url}/v2/${path}`, { method: "HEAD" })).ok;

/** Kills at moments all over the work, each time in another place, and hands what was left to `check`. */
async function killAll(
  work: (place: string, signal?: AbortSignal) => Promise<RunResult>,
  check: (place: string, again: () => Promise<RunResult>) => Promise<void>,
): Promise<void> {
  const { result, moments } = await far.killAt(Infinity, () => work("whole"));
  expect(result).toMatchObject({ code: 0 });
  expect(moments).toBeGreaterThanOrEqual(50);
  const all = Array.from({ length: moments }, (_, i) => i + 1);
  for (const at of sampleOf(all, sample)) {
    const place = `at-${at}`;
    const { result: killed } = await far.killAt(at, (signal) => work(place, signal));
    expect(killed.signal === "SIGKILL" || killed.code === 0).toBe(true);
    await check(place, async () => {
      far.clearLog();
      const again = await work(place);
      expect(again).toMatchObject({ code: 0 });
      return again;
    });
  }
}

const killing = (signal: AbortSignal | undefined) => ({ signal, killSignal: "SIGKILL" }) as const;

test.each(["copy", "load --to"])(
  "%s to a registry that is killed at any moment leaves no tag of what is missing, and sends nothing twice",
  { timeout },
  async (how) => {
    const { digest, blobs, reference } = pushThree(near);
    await command.run(["save", reference, "-o", "bundle.tar"]);
    const work = (place: string, signal?: AbortSignal): Promise<RunResult> =>
      command.run(
        how === "copy"
          ? ["copy", reference, `${far.host}/${place}/acme/three:1.0`]
          : ["load", "bundle.tar", "--to", `${far.host}/${place}`],
        killing(signal),
      );
    await killAll(work, async (place, again) => {
      const repository = `${place}/acme/three`;
      const held = await Promise.all(blobs.map(async (blob) => isThere(`${repository}/blobs/${blob}`)));
      const isTagged = await isThere(`${repository}/manifests/1.0`);
      expect(isTagged && held.includes(false)).toBe(false);
      await again();
      const sent = far.requests
        .filter(({ method }) => method === "PUT")
        .map(({ path }) => decodeURIComponent(path));
      for (const [i, blob] of blobs.entries())
        expect(sent.filter((path) => path.includes(blob))).toHaveLength(held[i] === true ? 0 : 1);
      expect(await isThere(`${repository}/manifests/${digest}`)).toBe(true);
    });
  },
);

test(
  "copy to a folder that is killed at any moment leaves nothing listed that is missing, and fetches nothing twice",
  { timeout },
  async () => {
    const { digest, blobs, reference } = pushThree(far);
    const work = (place: string, signal?: AbortSignal): Promise<RunResult> =>
      command.run(["copy", reference, `oci-layout:${place}:1.0`], killing(signal));
    await killAll(work, async (place, again) => {
      const folder = join(command.directory, place, "blobs", "sha256");
      const names = existsSync(folder) ? await readdir(folder) : [];
      for (const name of names) expect(hexOf(digestOf(await readFile(join(folder, name))))).toBe(name);
      const isListed = existsSync(join(command.directory, place, "index.json"));
      expect(isListed && !blobs.every((blob) => names.includes(hexOf(blob)))).toBe(false);
      await again();
      const asked = far.requests.map(({ path }) => path);
      for (const blob of blobs)
        expect(asked.filter((path) => path.includes(`blobs/${blob}`))).toHaveLength(
          names.includes(hexOf(blob)) ? 0 : 1,
        );
      expect(await readFile(join(command.directory, place, "index.json"), "utf8")).toContain(digest);
    });
  },
);
