import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

let registry: Registry;
let pushed: PushedComponent;
let command: Command;

beforeAll(async () => {
  registry = await startRegistry();
  pushed = pushComponent(registry, {
    repository: "greentic/hello",
    tag: "1.0",
    wasm: smallComponent,
    title: "hello.wasm",
    componentManifest: { artifacts: { component_wasm: "hello.wasm" } },
    annotations: { note: "\u001b[31mred" },
  });
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

/** What the Rust command prints, word for word. */
const rustLines = (cacheDir: string): readonly string[] => [
  `cache dir: ${cacheDir}`,
  "component.wasm: true",
  "component.manifest.json: true",
  "manifest component_wasm: hello.wasm",
  "manifest component_wasm exists: true",
  "manifest component_wasm mismatch: false",
];

test("inspect prints what the Rust command does, and then everything else that is known", async () => {
  const cacheDir = join(command.cache, hexOf(pushed.manifestDigest));
  for (const reference of [pushed.reference, pushed.reference.slice("oci://".length)]) {
    const { code, stdout } = await command.run(["inspect", reference, "--progress", "none"]);
    const lines = stdout.split("\n");
    expect({ code, lines: lines.slice(0, 6) }).toEqual({ code: 0, lines: rustLines(cacheDir) });
    expect(lines[6]).toBe("reference kind: oci");
  }
  const { stdout, stderr } = await command.run(["inspect", pushed.reference, "--show-media-type"]);
  expect(stderr).toBe("");
  const type = "application/vnd.wasm.component.v1+wasm";
  const size = smallComponent.length;
  const lines = stdout.split("\n");
  expect(lines.filter((line) => !line.startsWith("layer: application/vnd.greentic"))).toEqual([
    ...rustLines(cacheDir),
    `selected media type: ${type}`,
    "reference kind: oci",
    `digest: ${pushed.manifestDigest}`,
    `manifest digest: ${pushed.manifestDigest}`,
    `content digest: ${pushed.contentDigest}`,
    `size: ${size}`,
    "shape: component",
    "wasm: component",
    "export: func greet",
    `layer: ${type} hello.wasm ${pushed.contentDigest} ${size}`,
    String.raw`annotation: note=\u{1b}[31mred`,
    "",
  ]);
});

test("inspect --json prints one object with all keys, in order", async () => {
  const { code, stdout } = await command.run(["inspect", pushed.reference, "--json"]);
  const facts = JSON.parse(stdout) as Record<string, unknown>;
  expect({ code, again: pretty(facts) }).toEqual({ code: 0, again: stdout });
  expect(Object.keys(facts)).toEqual([
    "reference",
    "kind",
    "digest",
    "content_digest",
    "manifest_digest",
    "media_type",
    "shape",
    "size_bytes",
    "cache_dir",
    "component_wasm",
    "component_manifest",
    "manifest_component_wasm",
    "manifest_component_wasm_exists",
    "manifest_component_wasm_mismatch",
    "wasm",
    "layers",
    "annotations",
  ]);
  expect(facts).toMatchObject({
    wasm: { kind: "component", imports: [], exports: [{ name: "greet", kind: "func" }] },
    annotations: { note: "\u001b[31mred" },
  });
});

test("a file that the manifest names and the folder lacks is an error line, and no failure", async () => {
  const { reference } = pushComponent(registry, {
    repository: "greentic/mismatch",
    wasm: smallComponent,
    componentManifest: { artifacts: { component_wasm: "target/hello.wasm" } },
  });
  const { code, stdout, stderr } = await command.run(["inspect", reference, "--progress", "none"]);
  expect(code).toBe(0);
  expect(stdout).toContain("manifest component_wasm mismatch: true\n");
  expect(stderr).toContain("error: manifest component_wasm `target/hello.wasm` missing from cache\n");
});

test("the cache is verified, mended and swept", async () => {
  const path = command.componentOf(pushed.contentDigest);
  await command.run(["pull", pushed.reference]);
  expect(await command.run(["cache", "verify"])).toMatchObject({ code: 0, stdout: "5 checked, all whole\n" });
  const real = join(path, "..", "hello.wasm");
  await rm(real);
  await writeFile(real, "changed");
  const { code, stdout, stderr } = await command.run(["cache", "verify", "--json"]);
  expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
  expect(parseError(stderr)).toMatchObject({
    code: "DIGEST_MISMATCH",
    details: { files: [{ path: real, expected: pushed.contentDigest, repaired: false }] },
  });
  expect((await command.run(["cache", "path", pushed.contentDigest])).stdout).toBe(`${path}\n`);
  await rm(path);
  expect(await command.run(["cache", "gc", "--dry-run"])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: `would remove ${pushed.contentDigest}\n`,
  });
  expect(await command.run(["cache", "gc"])).toMatchObject({ stderr: `removed ${pushed.contentDigest}\n` });
  expect(await command.run(["cache", "gc", "--json"])).toMatchObject({ stdout: "[]\n", stderr: "" });
  await writeFile(command.componentOf(pushed.manifestDigest), "changed");
  const mended = await command.run(["cache", "verify", "--repair", "--progress", "none"]);
  expect(mended.code).toBe(6);
  expect(mended.stderr).toContain("(repaired)");
  expect((await readFile(command.componentOf(pushed.manifestDigest))).equals(smallComponent)).toBe(true);
  expect((await command.run(["cache", "verify"])).code).toBe(0);
});

test("cache path says where an artifact lies, and 3 when it is not there", async () => {
  expect(await command.run(["cache", "path", pushed.reference])).toMatchObject({
    code: 3,
    stdout: "",
    stderr: expect.stringContaining(`error: reference \`${pushed.reference}\` is not cached\n`) as string,
  });
  await command.run(["pull", pushed.reference]);
  registry.clearLog();
  const path = command.componentOf(pushed.manifestDigest);
  expect(await command.run(["cache", "path", pushed.reference])).toMatchObject({
    code: 0,
    stdout: `${path}\n`,
  });
  expect(registry.requests).toEqual([]);
});
