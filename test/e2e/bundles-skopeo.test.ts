import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../support/cache-files.ts";
import { bytesOf, pushComponent, pushIndex } from "../support/artifacts.ts";
import { startRegistry } from "../support/registry.ts";
import { skopeo } from "../support/skopeo.ts";
import { createCommand, hashFile } from "./support/command.ts";

test("skopeo reads by its name what was saved, and writes what is loaded, index and all", async () => {
  await using registry = await startRegistry();
  await using near = await createCommand();
  await using far = await createCommand();
  const plain = pushComponent(registry, {
    repository: "acme/plain",
    tag: "1.0",
    wasm: bytesOf(5000, "plain"),
  });
  const variants = ["wasip1", "wasip2"].map((os) => ({
    descriptor: pushComponent(registry, { repository: "acme/any", wasm: bytesOf(3000, os) }).descriptor,
    platform: { os, architecture: "wasm", variant: undefined },
  }));
  const any = pushIndex(registry, { repository: "acme/any", tag: "2.0", manifests: variants });
  const saved = await near.run(["save", plain.reference, any.reference, "-o", "bundle.tar"]);
  expect(saved).toMatchObject({ code: 0 });
  for (const [{ reference }, digest, copy] of [
    [plain, plain.manifestDigest, "plain.tar"],
    [any, any.digest, "any.tar"],
  ] as const) {
    const source = `oci-archive:${join(near.directory, "bundle.tar")}:${reference.replace("oci://", "")}`;
    await skopeo("copy", "--all", "--preserve-digests", source, `dir:${join(near.directory, digest)}`);
    expect(digestOf(await readFile(join(near.directory, digest, "manifest.json")))).toBe(digest);
    const target = `oci-archive:${join(far.directory, copy)}:${reference.replace("oci://", "")}`;
    await skopeo("copy", "--all", "--preserve-digests", source, target);
    expect(await far.run(["--offline", "load", copy])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(digest),
    });
    expect(await far.run(["--offline", "resolve", reference])).toMatchObject({ stdout: `${digest}\n` });
  }
  expect(await far.run(["--offline", "pull", plain.manifestDigest])).toMatchObject({ code: 0 });
  expect(await hashFile(far.componentOf(plain.contentDigest))).toBe(plain.contentDigest);
});
