import { join } from "node:path";
import { expect, test } from "vitest";
import { pushComponent, pushIndex, smallComponent } from "./artifacts.ts";
import { startRegistry } from "./registry.ts";
import { skopeo } from "./skopeo.ts";
import { tempDir } from "./temp-dir.ts";

const name = "example/hello";

test("takes from skopeo, and gives back to it, an artifact and an index", async () => {
  await using registry = await startRegistry();
  await using dir = await tempDir();
  const { descriptor, manifestDigest } = pushComponent(registry, { repository: name, wasm: smallComponent });
  const platform = { os: "wasip2", architecture: "wasm", variant: undefined };
  const index = pushIndex(registry, { repository: name, tag: "1.0", manifests: [{ descriptor, platform }] });
  const layout = `oci:${join(dir.path, "layout")}:1.0`;
  await skopeo("copy", "--all", "--src-tls-verify=false", `docker://${registry.host}/${name}:1.0`, layout);
  await skopeo("copy", "--all", "--dest-tls-verify=false", layout, `docker://${registry.host}/copied:1.0`);
  for (const [reference, digest] of [
    ["1.0", index.digest],
    [manifestDigest, manifestDigest],
  ]) {
    const response = await fetch(`${registry.url}/v2/copied/manifests/${reference}`);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
  }
});
