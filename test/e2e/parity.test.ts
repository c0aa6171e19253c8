// What the tests of the Rust command (release 0.4.26) hold it to, and what can be seen of it without a test, held
// against this one. Where this command differs on purpose, the comment says how. Rows of the library are in
// test/integration/parity.test.ts; whole sessions are in transcripts.test.ts.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { digestFromHex } from "../../src/core/index.ts";
import { type Digest, fetchPack } from "../../src/index.ts";
import { bytesOf, pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { digestOf, viewOf } from "../support/cache-files.ts";
import { pushLayers, type PushedLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

const nowhere = digestFromHex("a".repeat(64))!;

let registry: Registry;
let component: PushedComponent;
let pack: PushedLayers;
let command: Command;

beforeAll(async () => {
  registry = await startRegistry();
  component = pushComponent(registry, { repository: "greentic/small", tag: "1.0", wasm: smallComponent });
  pack = pushLayers(registry, "greentic/demo", ["PK\u0003\u0004", "application/vnd.greentic.gtpack.v1+zip"]);
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

const quiet = ["--progress", "none"] as const;

test("7A.1 what lies in the cache under a digest is listed, removed, and nothing is left for gc", async () => {
  // The Rust test seeds bytes that need not hash to the folder's name: it may be that of a manifest.
  for (const digest of [nowhere, digestOf("seeded")]) {
    const path = viewOf(command.cache, digest, "component.wasm");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "seeded");
    const run = (...args: readonly string[]) => command.run(["--cache-dir", command.cache, "cache", ...args]);
    expect(await run("ls", "--json")).toMatchObject({ code: 0, stdout: pretty([digest]) });
    expect(await run("rm", "--json", digest)).toMatchObject({ code: 0, stdout: pretty([digest]) });
    expect(await run("gc", "--json")).toMatchObject({ code: 0, stdout: "[]\n" });
    expect(await run("ls", "--json")).toMatchObject({ code: 0, stdout: "[]\n" });
  }
});

test("7A.8 the command and the library fetch the same pack", async () => {
  const roots = [join(command.directory, "one"), join(command.directory, "two")] as const;
  const { stdout } = await command.run(["pack", pack.pinned, "--json", "--cache-dir", roots[0]]);
  const printed = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  const fetched = await fetchPack(pack.pinned, { env: {}, cacheDir: roots[1] });
  expect(printed).toMatchObject({
    digest: fetched.digest,
    media_type: fetched.mediaType,
    fetched: fetched.fetched,
  });
  expect(new Uint8Array(await readFile(String(printed["cache_path"])))).toEqual(fetched.bytes);
});

describe("what the command prints", () => {
  test("7A.untested resolve prints the digest, or reference and digest as JSON", async () => {
    const { reference, manifestDigest: digest } = component;
    expect(await command.run(["resolve", reference])).toMatchObject({ code: 0, stdout: `${digest}\n` });
    expect(await command.run(["resolve", reference, "--json"])).toMatchObject({
      code: 0,
      stdout: pretty({ reference, digest }),
    });
  });

  test("7A.untested pull prints the path alone, or four facts as JSON", async () => {
    const { reference, manifestDigest: digest } = component;
    const cachePath = command.componentOf(digest);
    expect((await command.run(["pull", reference])).stdout).toBe(`${cachePath}\n`);
    expect((await command.run(["pull", reference, "--json"])).stdout).toBe(
      pretty({ reference, digest, cache_path: cachePath, fetched: false }),
    );
  });

  // The Rust command leaves the reference empty; here it is filled, and the entry's name stands beside it.
  test("7A.untested pull --lock prints a digest and a path a line, or an array as JSON", async () => {
    const { reference, manifestDigest: digest } = component;
    const lock = join(command.directory, "pack.lock");
    await writeFile(lock, JSON.stringify([{ name: "small", ref: reference }]));
    const cachePath = command.componentOf(digest);
    expect((await command.run(["pull", "--lock", lock])).stdout).toBe(`${digest} ${cachePath}\n`);
    expect((await command.run(["pull", "--lock", lock, "--json"])).stdout).toBe(
      pretty([{ reference, name: "small", digest, cache_path: cachePath, fetched: false }]),
    );
  });

  test("7A.untested pull without anything to pull exits with 2 and says what it needs", async () => {
    const { code, stderr } = await command.run(["pull"]);
    expect({ code, line: stderr.split("\n")[0] }).toEqual({
      code: 2,
      line: "error: pull requires either a reference or --lock",
    });
  });

  // The Rust command takes the lock and drops the reference.
  test("7A.untested a reference together with --lock is refused", async () => {
    expect(await command.run(["pull", "x", "--lock", "y"])).toMatchObject({ code: 2, stdout: "" });
  });

  test("7A.untested cache rm prints nothing, or what it was given as JSON, also for what is not there", async () => {
    expect(await command.run(["cache", "rm", nowhere])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await command.run(["cache", "rm", nowhere, "--json"])).toMatchObject({
      code: 0,
      stdout: pretty([nowhere]),
    });
  });

  test("7A.untested cache gc names on stderr, on one line, what it removed, unless that is much", async () => {
    const others = { repository: "greentic/other", wasm: bytesOf(100, "other") };
    const digests: Digest[] = [];
    for (const { reference, manifestDigest } of [component, pushComponent(registry, others)]) {
      await command.run(["pull", reference]);
      await rm(command.componentOf(manifestDigest));
      digests.push(manifestDigest);
    }
    expect(await command.run(["cache", "gc"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `removed ${digests.toSorted().join(", ")}\n`,
    });
    for (const text of ["1", "2", "3", "4", "5"]) {
      const path = join(command.directory, `${text}.wasm`);
      await writeFile(path, text);
      await command.run(["pull", path]);
      await rm(command.componentOf(digestOf(text)));
    }
    expect((await command.run(["cache", "gc", "--dry-run"])).stderr).toBe(
      "would remove 5 digests; --json lists them\n",
    );
  });

  // The Rust command exits with 2 for every failure of `pack`; here they are as those of every command.
  test("7A.untested pack prints the path alone, or what it is as JSON", async () => {
    const cachePath = viewOf(command.cache, pack.manifestDigest, "pack.gtpack");
    const run = (...args: readonly string[]) =>
      command.run(["pack", pack.pinned, "--cache-dir", command.cache, ...args]);
    expect(await run()).toMatchObject({ code: 0, stdout: `${cachePath}\n` });
    expect((await run("--json")).stdout).toBe(
      pretty({
        reference: pack.pinned,
        digest: pack.manifestDigest,
        media_type: "application/vnd.greentic.gtpack.v1+zip",
        shape: "zip",
        cache_path: cachePath,
        fetched: false,
      }),
    );
  });

  test("7A.untested inspect says what of a component is missing, and exits with 0", async () => {
    const { reference } = pushComponent(registry, {
      repository: "greentic/elsewhere",
      wasm: smallComponent,
      componentManifest: { artifacts: { component_wasm: "target/elsewhere.wasm" } },
    });
    const { code, stdout, stderr } = await command.run(["inspect", reference, ...quiet]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cache dir: .+\ncomponent.wasm: true\ncomponent.manifest.json: true\n/);
    expect(stdout).toContain("\nmanifest component_wasm: target/elsewhere.wasm\n");
    expect(stdout).toContain("\nmanifest component_wasm exists: false\n");
    expect(stdout).toContain("\nmanifest component_wasm mismatch: true\n");
    expect(stderr).toContain("error: manifest component_wasm `target/elsewhere.wasm` missing from cache\n");
  });

  test("7A.untested inspect says <missing> where no manifest names the component", async () => {
    const { stdout } = await command.run(["inspect", component.reference]);
    expect(stdout).toContain("component.manifest.json: false\nmanifest component_wasm: <missing>\n");
    expect(stdout).not.toContain("selected media type");
  });
});

// The Rust command exits with 10 for all that is wrong on the way to a registry, and with 5 for what no base maps.
test.each<[what: string, code: number, errorCode: string, message: string, args: readonly string[]]>([
  ["what is no reference", 2, "INVALID_REFERENCE", "invalid reference `not a ref`", ["pull", "not a ref"]],
  [
    "http to another machine",
    2,
    "INSECURE_URL",
    "insecure url `http://example.com/x`: only https is allowed",
    ["resolve", "http://example.com/x"],
  ],
  ["what is no lockfile", 2, "INVALID_LOCKFILE", "invalid lockfile", ["pull", "--lock", "bad.lock"]],
  ["what is not cached", 3, "NOT_CACHED", `reference \`${nowhere}\` is not cached`, ["pull", nowhere]],
  [
    "what offline forbids",
    4,
    "OFFLINE",
    "offline mode forbids fetching `ghcr.io/a/b:1`",
    ["--offline", "resolve", "ghcr.io/a/b:1"],
  ],
  [
    "what no base maps",
    5,
    "UNMAPPED",
    "resolution unavailable for `store://acme/x`",
    ["resolve", "store://acme/x"],
  ],
  ["a tag of a pack", 2, "TAG_REFUSED", "digest pin required for `ghcr.io/a/b:1`", ["pack", "ghcr.io/a/b:1"]],
])("7A.untested %s exits with %d and code %s", async (_what, code, errorCode, message, args) => {
  await writeFile(join(command.directory, "bad.lock"), "not a lockfile");
  const { stdout, stderr, ...result } = await command.run([...args, "--json"]);
  expect([result.code, stdout]).toEqual([code, ""]);
  const error = parseError(stderr);
  expect(error.code).toBe(errorCode);
  expect(error.message).toContain(message);
});

test("7A.untested a command line that cannot be understood exits with 2", async () => {
  for (const args of [["bogus"], ["pull", "--bogus"], ["cache", "rm"]]) {
    expect(await command.run(args)).toMatchObject({ code: 2, stdout: "" });
  }
});

test("7A.untested what the registry does not have exits with 3, not with 10, and its words are kept", async () => {
  const { code, stderr } = await command.run(["pull", `oci://${registry.host}/greentic/nope:1.0`]);
  expect(code).toBe(3);
  expect(stderr).toMatch(/MANIFEST_UNKNOWN.*manifest unknown/);
});
