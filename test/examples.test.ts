import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hexOf } from "../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent, smallComponent } from "./support/artifacts.ts";
import { projectPath } from "./support/project-path.ts";
import { type Registry, startRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp-dir.ts";

/** Where the examples are compiled to: inside the project, from where they find its packages. */
let built = "";

beforeAll(async () => {
  await mkdir(projectPath("build"), { recursive: true });
  built = await mkdtemp(projectPath("build/examples-test-"));
  const tsc = projectPath("node_modules/.bin/tsc");
  await promisify(execFile)(tsc, ["-p", projectPath("examples/tsconfig.json"), "--outDir", built]);
}, 120_000);

afterAll(() => rm(built, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A registry that has `acme/hello:1.0`, and an empty cache that the examples find through their environment. */
interface World extends AsyncDisposable {
  readonly registry: Registry;
  readonly hello: PushedComponent;
  readonly folder: string;
  /** Runs an example in a process of its own. */
  readonly run: (example: string, ...args: readonly string[]) => Promise<Outcome>;
  /** Where the cache has a component. */
  readonly pathOf: (component: PushedComponent) => string;
}

async function openWorld(): Promise<World> {
  const registry = await startRegistry();
  const dir = await tempDir();
  const root = join(dir.path, "cache");
  const env = { PATH: process.env["PATH"], HOME: dir.path, GREENTIC_DIST_CACHE_DIR: root };
  return {
    registry,
    hello: pushComponent(registry, { repository: "acme/hello", tag: "1.0", wasm: smallComponent }),
    folder: dir.path,
    run: (example, ...args) => run(join(built, "examples", `${example}.js`), args, env),
    pathOf: ({ manifestDigest }) => join(root, hexOf(manifestDigest), "component.wasm"),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  const child = spawn(process.execPath, [file, ...args], { env, stdio, timeout: 30_000 });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

describe("the example that pulls one reference", () => {
  test("prints where the component lies", async () => {
    await using world = await openWorld();
    const outcome = await world.run("pull-one", world.hello.reference);
    expect(outcome).toEqual({ code: 0, stdout: `${world.pathOf(world.hello)}\n`, stderr: "" });
  });

  test("fails with the code of the error, what happened and what to do", async () => {
    await using world = await openWorld();
    const reference = `oci://${world.registry.host}/acme/absent:1.0`;
    const outcome = await world.run("pull-one", reference);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^NOT_FOUND: .*acme\/absent.*\n/);
  });
});

/** Writes a lockfile of these references, each pinned to the digest of its manifest. */
async function writeLock(
  folder: string,
  entries: Readonly<Record<string, PushedComponent>>,
): Promise<string> {
  const path = join(folder, "pack.lock.json");
  const components = Object.entries(entries).map(([name, { reference, manifestDigest }]) => {
    return { name, ref: reference, digest: manifestDigest };
  });
  await writeFile(path, JSON.stringify({ schema_version: 1, components }));
  return path;
}

describe("the example that pulls a lockfile", () => {
  test("prints a name and a path for each entry, in the lock's order, and its progress on stderr", async () => {
    await using world = await openWorld();
    const large = bytesOf(300_000, "large");
    const other = pushComponent(world.registry, { repository: "acme/other", tag: "2.0", wasm: large });
    const path = await writeLock(world.folder, { other, hello: world.hello });
    const { code, stdout, stderr } = await world.run("pull-lock", path);
    expect(stdout).toBe(`other ${world.pathOf(other)}\nhello ${world.pathOf(world.hello)}\n`);
    expect(stderr).toMatch(/^sha256:[0-9a-f]{64} \d{1,3} %$/m);
    expect(stderr).toContain(`fetched ${world.hello.reference}\n`);
    expect(code).toBe(0);
  });

  test("says of the second time that everything was there", async () => {
    await using world = await openWorld();
    const path = await writeLock(world.folder, { hello: world.hello });
    await world.run("pull-lock", path);
    const { code, stderr } = await world.run("pull-lock", path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `had ${world.hello.reference}\n` });
  });

  test("names the entries that failed", async () => {
    await using world = await openWorld();
    const absent = { ...world.hello, reference: `oci://${world.registry.host}/acme/absent:1.0` };
    const path = await writeLock(world.folder, { hello: world.hello, absent });
    const { code, stdout, stderr } = await world.run("pull-lock", path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`failed ${absent.reference}: NOT_FOUND\n`);
  });
});

describe("the example that runs by digest", () => {
  test("reads the pulled component without a request, by either of its digests", async () => {
    await using world = await openWorld();
    await world.run("pull-one", world.hello.reference);
    world.registry.clearLog();
    const said = `component of ${smallComponent.length} bytes at `;
    for (const digest of [world.hello.manifestDigest, world.hello.contentDigest]) {
      const { code, stdout, stderr } = await world.run("run-by-digest", digest);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.startsWith(said)).toBe(true);
    }
    expect(world.registry.connections).toBe(0);
  });

  test("fails when nobody has pulled the digest", async () => {
    await using world = await openWorld();
    const digest = world.hello.manifestDigest;
    const outcome = await world.run("run-by-digest", digest);
    expect(outcome).toEqual({ code: 1, stdout: "", stderr: `${digest} was never pulled\n` });
  });

  test("refuses bytes that are no WebAssembly", async () => {
    await using world = await openWorld();
    const wasm = bytesOf(100, "no wasm");
    const { reference, contentDigest } = pushComponent(world.registry, {
      repository: "acme/text",
      tag: "1",
      wasm,
    });
    await world.run("pull-one", reference);
    const { code, stdout, stderr } = await world.run("run-by-digest", contentDigest);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Error: no WebAssembly");
  });
});

test("every example is one that is tested, the demo, or what takes the picture for the README", async () => {
  const names = (await readdir(projectPath("examples"))).filter((name) => name.endsWith(".ts"));
  expect(names.toSorted()).toEqual([
    "demo.ts",
    "pull-lock.ts",
    "pull-one.ts",
    "run-by-digest.ts",
    "screenshot.ts",
  ]);
});
