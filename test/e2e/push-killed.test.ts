import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { runCli } from "../support/cli.ts";
import type { Registry } from "../support/registry.ts";
import { sampleOf } from "../support/soak.ts";
import { tempDir } from "../support/temp-dir.ts";
import { startKillingRegistry } from "./support/killing-registry.ts";

/** Into how many pieces a body is divided: a kill may come after each. */
const bodySteps = 24;

test(
  "a push that is killed at any moment leaves no wrong tag, and is finished by the next",
  { timeout: 300_000 },
  async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "a.wasm"), smallComponent);
    await writeFile(join(dir.path, "large.bin"), bytesOf(400_000, "large"));
    const layer = ["--layer", "large.bin:application/octet-stream", "--tag", "latest"];
    await using registry = await startKillingRegistry(400_000 / bodySteps);
    const push = (repository: string, signal?: AbortSignal) =>
      runCli(["push", "a.wasm", `${registry.host}/${repository}:1.0`, ...layer], {
        cwd: dir.path,
        signal,
        killSignal: "SIGKILL",
      });
    const { result: whole, moments } = await registry.killAt(Infinity, () => push("whole"));
    const [digest] = whole.stdout.split("\n");
    expect(whole.code).toBe(0);
    expect(moments).toBeGreaterThanOrEqual(50);
    const all = Array.from({ length: moments }, (_, i) => i + 1);
    for (const at of sampleOf(all, 8)) {
      const repository = `killed/at-${at}`;
      const { result: killed } = await registry.killAt(at, (signal) => push(repository, signal));
      expect(killed.signal === "SIGKILL" || killed.code === 0).toBe(true);
      const meanings = await Promise.all(
        ["1.0", "latest"].map((tag) => meaningOf(registry, repository, tag)),
      );
      expect([undefined, digest]).toEqual(expect.arrayContaining(meanings));
      expect(await push(repository)).toMatchObject({ code: 0, stdout: whole.stdout });
    }
  },
);

/** What a tag means; `undefined` when it means nothing. */
async function meaningOf({ url }: Registry, repository: string, tag: string): Promise<string | undefined> {
  const found = await fetch(`${url}/v2/${repository}/manifests/${tag}`);
  await found.arrayBuffer();
  return found.status === 404 ? undefined : (found.headers.get("docker-content-digest") ?? "");
}
