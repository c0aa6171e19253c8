import { readFile } from "node:fs/promises";
import { componentWit, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { expect, test } from "vitest";
import { parseManifest, titleOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, smallComponent } from "./artifacts.ts";
import { projectPath } from "./project-path.ts";
import { startRegistry } from "./registry.ts";

test("the example's bytes are what its text parses to, and have the world that its WIT says", async () => {
  const wat = await readFile(projectPath("examples/hello/hello.wat"), "utf8");
  const wit = await readFile(projectPath("examples/hello/hello.wit"), "utf8");
  expect(Buffer.from(await parse(wat)).equals(smallComponent)).toBe(true);
  expect(worldOf(await componentWit(smallComponent))).toBe(worldOf(wit));
});

test("random bytes depend on the seed and nothing else", () => {
  expect(bytesOf(100, 1)).toEqual(bytesOf(100, 1));
  expect(bytesOf(50, 1)).toEqual(bytesOf(100, 1).subarray(0, 50));
  expect(bytesOf(100, 1)).not.toEqual(bytesOf(100, 2));
});

test("a component is pushed with its name and its manifest", async () => {
  await using registry = await startRegistry();
  const { reference, contentDigest } = pushComponent(registry, {
    repository: "example/hello",
    wasm: smallComponent,
    title: "hello.wasm",
    componentManifest: { artifacts: { component_wasm: "hello.wasm" } },
  });
  const path = reference.slice(`oci://${registry.host}/`.length).replace("@", "/manifests/");
  const response = await fetch(`${registry.url}/v2/${path}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const manifest = parseManifest(bytes, response.headers.get("content-type") ?? undefined);
  const layers = manifest.kind === "image" ? manifest.layers : [];
  expect(layers.map(titleOf)).toEqual(["hello.wasm", "component.manifest.json"]);
  expect(layers[0]).toMatchObject({ digest: contentDigest, size: smallComponent.length });
});

function worldOf(wit: string): string {
  return wit.slice(wit.indexOf("{")).trim();
}
