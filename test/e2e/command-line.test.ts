import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { version } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, hashFile, parseError, pretty } from "./support/command.ts";

const nowhere = `sha256:${"0".repeat(64)}`;

let registry: Registry;
let command: Command;
let pushed: PushedComponent;

beforeAll(async () => {
  registry = await startRegistry();
  command = await createCommand();
  pushed = pushComponent(registry, { repository: "greentic/small", tag: "1.0", wasm: smallComponent });
});
afterAll(async () => {
  await command[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

describe("resolve", () => {
  test("prints the manifest's digest, and downloads nothing but the manifest", async () => {
    await using fresh = await createCommand();
    registry.clearLog();
    expect(await fresh.run(["resolve", pushed.reference])).toEqual({
      code: 0,
      signal: null,
      stdout: `${pushed.manifestDigest}\n`,
      stderr: "",
    });
    expect(registry.requests.filter(({ path }) => !path.includes("/manifests/"))).toEqual([]);
    expect((await fresh.run(["cache", "ls"])).stdout).toBe("");
  });

  test("prints the reference and the digest as JSON", async () => {
    const { code, stdout, stderr } = await command.run(["resolve", pushed.reference, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(pretty({ reference: pushed.reference, digest: pushed.manifestDigest }));
  });

  test("hashes a file without caching it", async () => {
    await using fresh = await createCommand();
    const file = join(fresh.directory, "small.wasm");
    await writeFile(file, smallComponent);
    for (const reference of [file, "small.wasm", "./small.wasm", pathToFileURL(file).href]) {
      expect((await fresh.run(["resolve", reference])).stdout).toBe(`${pushed.contentDigest}\n`);
    }
    expect((await fresh.run(["cache", "ls"])).stdout).toBe("");
  });
});

describe("pull", () => {
  test("prints the path and nothing else; the file is under both digests", async () => {
    await using fresh = await createCommand();
    const { code, stdout, stderr } = await fresh.run(["pull", pushed.reference, "--progress", "none"]);
    const path = fresh.componentOf(pushed.manifestDigest);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${path}\n`, stderr: "" });
    expect(await hashFile(path)).toBe(pushed.contentDigest);
    expect(await hashFile(fresh.componentOf(pushed.contentDigest))).toBe(pushed.contentDigest);
  });

  test("prints as JSON whether bytes were fetched, and no progress", async () => {
    await using fresh = await createCommand();
    for (const fetched of [true, false]) {
      const { stdout, stderr } = await fresh.run(["pull", pushed.reference, "--json"]);
      expect(stderr).toBe("");
      expect(stdout).toBe(
        pretty({
          reference: pushed.reference,
          digest: pushed.manifestDigest,
          cache_path: fresh.componentOf(pushed.manifestDigest),
          fetched,
        }),
      );
    }
  });

  test("takes a registry reference with or without oci://, by tag or by digest, and makes one entry of all", async () => {
    await using fresh = await createCommand();
    const bare = pushed.reference.slice("oci://".length);
    const pinned = `${bare.replace(/:1\.0$/, "")}@${pushed.manifestDigest}`;
    const references = [
      pushed.reference,
      bare,
      pinned,
      `oci://${pinned}`,
      `${bare}@${pushed.manifestDigest}`,
    ];
    for (const reference of [...references, pushed.manifestDigest]) {
      const { code, stdout } = await fresh.run(["pull", reference]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${fresh.componentOf(pushed.manifestDigest)}\n` });
    }
    expect((await fresh.run(["cache", "ls"])).stdout).toBe(`${pushed.manifestDigest}\n`);
  });

  test("takes a digest from the cache without a request, online as offline", async () => {
    await using fresh = await createCommand();
    await fresh.run(["pull", pushed.reference]);
    registry.clearLog();
    for (const [digest, options] of [
      [pushed.manifestDigest, []],
      [pushed.manifestDigest, ["--offline"]],
      [pushed.contentDigest, ["--offline"]],
    ] as const) {
      const { code, stdout, stderr } = await fresh.run([...options, "pull", digest]);
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: `${fresh.componentOf(digest)}\n`,
        stderr: "",
      });
    }
    expect(registry.connections).toBe(0);
  });

  test("caches a file by the digest of its bytes", async () => {
    await using fresh = await createCommand();
    await writeFile(join(fresh.directory, "small.wasm"), smallComponent);
    const { code, stdout } = await fresh.run(["pull", "small.wasm"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${fresh.componentOf(pushed.contentDigest)}\n` });
  });

  test("finds repo:// and fixture:// where the environment says", async () => {
    await using fresh = await createCommand();
    await writeFile(join(fresh.directory, "hello.wasm"), smallComponent);
    const mapped = await fresh.run(["pull", "repo://small:1.0"], {
      env: { GREENTIC_REPO_REGISTRY_BASE: `${registry.host}/greentic` },
    });
    expect(mapped.stdout).toBe(`${fresh.componentOf(pushed.manifestDigest)}\n`);
    const fixture = await fresh.run(["pull", "fixture://hello"], {
      env: { GREENTIC_FIXTURE_DIR: fresh.directory },
    });
    expect(fixture.stdout).toBe(`${fresh.componentOf(pushed.contentDigest)}\n`);
  });

  test("prints an absolute path when the cache folder was given as a relative one", async () => {
    await using fresh = await createCommand();
    const { stdout } = await fresh.run(["pull", pushed.reference, "--cache-dir", "cache"]);
    expect(stdout).toBe(`${fresh.componentOf(pushed.manifestDigest)}\n`);
    const byVariable = await fresh.run(["pull", pushed.reference], {
      env: { GREENTIC_DIST_CACHE_DIR: "./cache/" },
    });
    expect(byVariable.stdout).toBe(stdout);
  });

  test("prefers --cache-dir to GREENTIC_DIST_CACHE_DIR, and that to the user's cache folder", async () => {
    await using fresh = await createCommand();
    const fileOf = (root: string): string =>
      `${fresh.componentOf(pushed.manifestDigest).replace(fresh.cache, root)}\n`;
    const given = join(fresh.directory, "given");
    const option = await fresh.run(["--cache-dir", given, "pull", pushed.reference]);
    expect(option.stdout).toBe(fileOf(given));
    const env = { GREENTIC_DIST_CACHE_DIR: "", XDG_CACHE_HOME: join(fresh.directory, "xdg") };
    const user = await fresh.run(["pull", pushed.reference], { env });
    expect(user.stdout).toBe(fileOf(join(fresh.directory, "xdg", "greentic", "components")));
  });
});

describe("cache", () => {
  test("ls lists each artifact once, in order, as text and as JSON", async () => {
    await using fresh = await createCommand();
    const other = pushComponent(registry, { repository: "greentic/other", wasm: bytesOf(1000, "other") });
    for (const { reference } of [pushed, other]) await fresh.run(["pull", reference]);
    const digests = [pushed.manifestDigest, other.manifestDigest].toSorted();
    expect((await fresh.run(["cache", "ls"])).stdout).toBe(`${digests.join("\n")}\n`);
    expect((await fresh.run(["cache", "ls", "--json"])).stdout).toBe(pretty(digests));
  });

  test("ls prints an empty list for a cache that is not there", async () => {
    await using fresh = await createCommand();
    expect(await fresh.run(["cache", "ls"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect((await fresh.run(["cache", "ls", "--json"])).stdout).toBe("[]\n");
  });

  test("ls --long says where each artifact came from, and when it was used", async () => {
    await using fresh = await createCommand();
    for (const _ of ["fetched", "used"]) await fresh.run(["pull", pushed.reference]);
    const { stdout } = await fresh.run(["cache", "ls", "--long", "--json"]);
    const time: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const entries = JSON.parse(stdout) as readonly object[];
    expect(stdout).toBe(pretty(entries));
    expect(entries).toEqual([
      {
        digest: pushed.manifestDigest,
        content_digest: pushed.contentDigest,
        kind: "component",
        size_bytes: smallComponent.length,
        media_type: "application/vnd.wasm.component.v1+wasm",
        reference: pushed.reference,
        fetched_at: time,
        last_used_at: time,
      },
    ]);
    expect(Object.keys(entries[0]!)).toEqual([
      "digest",
      "content_digest",
      "kind",
      "size_bytes",
      "media_type",
      "reference",
      "fetched_at",
      "last_used_at",
    ]);
    const [head, row, ...rest] = (await fresh.run(["cache", "ls", "--long"])).stdout.split("\n");
    expect(head).toMatch(/^DIGEST +SIZE +FETCHED +LAST USED +REFERENCE$/);
    expect(row).toMatch(/^sha256:[0-9a-f]{64} .* oci:\/\/127\.0\.0\.1:\d+\/greentic\/small:1\.0$/);
    expect(rest).toEqual([""]);
  });

  test("rm removes what is there, passes over what is not, and echoes what it was given as JSON", async () => {
    await using fresh = await createCommand();
    await fresh.run(["pull", pushed.reference]);
    expect(await fresh.run(["cache", "rm", nowhere])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect((await fresh.run(["cache", "rm", pushed.manifestDigest, nowhere, "--json"])).stdout).toBe(
      pretty([pushed.manifestDigest, nowhere]),
    );
    expect((await fresh.run(["cache", "ls"])).stdout).toBe("");
    expect(await hashFile(fresh.componentOf(pushed.contentDigest))).toBeUndefined();
  });

  test("rm refuses what is no digest before anything is removed", async () => {
    await using fresh = await createCommand();
    await fresh.run(["pull", pushed.reference]);
    const refused = await fresh.run(["cache", "rm", pushed.manifestDigest, "../../etc"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("`../../etc` is no digest");
    expect((await fresh.run(["cache", "ls"])).stdout).toBe(`${pushed.manifestDigest}\n`);
  });
});

describe("a command line that cannot be understood", () => {
  test.each<[what: string, args: readonly string[], message: string]>([
    ["pull without a reference", ["pull"], "pull requires either a reference or --lock"],
    ["resolve without a reference", ["resolve"], "resolve requires a reference"],
    ["cache rm without a digest", ["cache", "rm"], "cache rm requires at least one digest"],
    ["an empty reference", ["pull", ""], "invalid reference ``"],
    ["a reference with spaces", ["pull", "UPPER/Bad Ref"], "invalid reference `UPPER/Bad Ref`"],
    ["a digest that is cut", ["pull", "sha256:abc"], "invalid reference `sha256:abc`"],
    ["an unknown scheme", ["pull", "ftp://x/y"], "invalid reference `ftp://x/y`"],
    [
      "http to another machine",
      ["pull", "http://example.com/x"],
      "insecure url `http://example.com/x`: only https is allowed",
    ],
    ["an unknown command", ["bogus"], "unknown command `bogus`"],
    ["an unknown command of a group", ["cache", "bogus"], "unknown command `cache bogus`"],
    ["help for an unknown command", ["help", "bogus"], "unknown command `bogus`"],
    ["help for a word too many", ["help", "pull", "ls"], "unexpected argument `ls`"],
    ["an unknown option", ["pull", "--bogus", "x"], "unknown option `--bogus` of pull"],
    ["an unknown short option", ["pull", "-x", "x"], "unknown option `-x` of pull"],
    ["another command's option", ["resolve", "--long", "x"], "unknown option `--long` of resolve"],
    ["a name from Object.prototype", ["pull", "--constructor", "x"], "unknown option `--constructor`"],
    ["__proto__", ["pull", "--__proto__=x", "x"], "unknown option `--__proto__`"],
    ["a second reference", ["pull", "a:1", "b:1"], "unexpected argument `b:1`"],
    ["an argument of cache ls", ["cache", "ls", "x"], "unexpected argument `x`"],
    [
      "an option without its value",
      ["pull", "x", "--cache-dir"],
      "--cache-dir requires a value: --cache-dir DIR",
    ],
    ["an empty value", ["pull", "x", "--cache-dir="], "--cache-dir requires a value"],
    [
      "an option where a value belongs",
      ["pull", "x", "--cache-dir", "--offline"],
      "--cache-dir requires a value",
    ],
    ["a value of a switch", ["pull", "x", "--offline=no"], "--offline takes no value"],
    [
      "two cache folders",
      ["pull", "x", "--cache-dir", "a", "--cache-dir", "b"],
      "--cache-dir is given twice",
    ],
    ["two platforms", ["pull", "x", "--platform", "a/b", "--platform", "a/c"], "--platform is given twice"],
    ["a platform that is none", ["pull", "x", "--platform", "wasm"], "invalid platform `wasm`"],
    ["a registry that is no host", ["pull", "x", "--insecure-registry", "http://x"], "is no registry host"],
    ["a kind of progress that is none", ["pull", "x", "--progress", "fancy"], "unknown --progress `fancy`"],
    [
      "quiet and verbose at once",
      ["pull", "x", "--quiet", "--verbose"],
      "--quiet and --verbose exclude each other",
    ],
  ])("is refused: %s", async (_what, args, message) => {
    const asText = await command.run(args);
    expect(asText).toMatchObject({ code: 2, stdout: "" });
    expect(asText.stderr).toMatch(/^error: .+\nhint: .+\n$/);
    expect(asText.stderr).toContain(message);
    const asJson = await command.run(["--json", ...args]);
    expect(asJson).toMatchObject({ code: 2, stdout: "" });
    const error = parseError(asJson.stderr);
    expect(Object.keys(error)).toEqual(["code", "message", "hint", "details"]);
    expect(asJson.stderr).toBe(pretty({ error }));
    expect(error.message).toContain(message);
    expect(error.hint).not.toBe("");
  });

  test("is answered with help on stderr when it is empty, or as JSON when that was asked for", async () => {
    for (const args of [[], ["cache"], ["--offline"]]) {
      const { code, stdout, stderr } = await command.run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("Usage: greentic-dist");
      const asJson = await command.run([...args, "--json"]);
      expect(asJson).toMatchObject({ code: 2, stdout: "" });
      expect(parseError(asJson.stderr)).toMatchObject({ code: "INVALID_INPUT", details: {} });
    }
  });
});

test.each<[what: string, code: number, errorCode: string, args: readonly string[], message: string]>([
  [
    "a file that is not there",
    3,
    "NOT_FOUND",
    ["pull", "./nothing.wasm"],
    "file `./nothing.wasm` is not there",
  ],
  [
    "a digest that is not cached",
    3,
    "NOT_CACHED",
    ["pull", nowhere],
    `reference \`${nowhere}\` is not cached`,
  ],
  [
    "the same offline",
    3,
    "NOT_CACHED",
    ["--offline", "pull", nowhere],
    `reference \`${nowhere}\` is not cached`,
  ],
  [
    "a tag never fetched, offline",
    4,
    "OFFLINE",
    ["--offline", "pull", "ghcr.io/a/b:1"],
    "offline mode forbids fetching `ghcr.io/a/b:1`",
  ],
  [
    "http offline",
    4,
    "OFFLINE",
    ["--offline", "pull", "http://example.com/x"],
    "offline mode forbids fetching `http://example.com/x`",
  ],
  [
    "an unmapped repo://",
    5,
    "UNMAPPED",
    ["pull", "repo://acme/x"],
    "resolution unavailable for `repo://acme/x`",
  ],
  [
    "an unmapped store://",
    5,
    "UNMAPPED",
    ["pull", "store://acme/x"],
    "resolution unavailable for `store://acme/x`",
  ],
  [
    "a path named like a component",
    3,
    "NOT_FOUND",
    ["pull", "acme/x.wasm"],
    "file `acme/x.wasm` is not there",
  ],
])("%s ends with %d and code %s", async (_what, code, errorCode, args, message) => {
  const asText = await command.run(args);
  expect(asText).toMatchObject({ code, stdout: "" });
  expect(asText.stderr).toMatch(/^error: .+\nhint: .+\n$/);
  expect(asText.stderr.startsWith(`error: ${message}\n`)).toBe(true);
  const asJson = await command.run([...args, "--json"]);
  expect(asJson).toMatchObject({ code, stdout: "" });
  const error = parseError(asJson.stderr);
  expect(Object.keys(error)).toEqual(["code", "message", "hint", "details"]);
  expect(error).toMatchObject({ code: errorCode, message });
});

test("an unmapped reference is told which variable maps it", async () => {
  expect((await command.run(["pull", "repo://acme/x"])).stderr).toContain("set GREENTIC_REPO_REGISTRY_BASE");
  expect((await command.run(["pull", "store://acme/x"])).stderr).toContain(
    "set GREENTIC_STORE_REGISTRY_BASE",
  );
});

test("global options are taken before and after the command", async () => {
  const lines = await Promise.all(
    [
      ["--json", "--offline", "pull", pushed.contentDigest],
      ["pull", "--json", "--offline", pushed.contentDigest],
      ["pull", pushed.contentDigest, "--offline", "--json"],
      ["--offline", "pull", pushed.contentDigest, "--json", "--json"],
    ].map(async (args) => (await command.run(args)).stderr),
  );
  expect(parseError(lines[0]!).code).toBe("NOT_CACHED");
  expect(new Set(lines).size).toBe(1);
  const { stdout } = await command.run([
    "cache",
    "--json",
    "ls",
    `--cache-dir=${join(command.directory, "empty")}`,
  ]);
  expect(stdout).toBe("[]\n");
});

test("after -- everything is an operand", async () => {
  const { code, stderr } = await command.run(["pull", "--", "--json"]);
  expect(code).toBe(2);
  expect(stderr).toContain("error: invalid reference `--json`");
  await writeFile(join(command.directory, "--odd.wasm"), smallComponent);
  expect((await command.run(["--json", "resolve", "--", "--odd.wasm"])).stdout).toBe(
    pretty({ reference: "--odd.wasm", digest: pushed.contentDigest }),
  );
});

test("--version prints the name and the version, wherever it stands", async () => {
  for (const args of [["--version"], ["pull", "--version"], ["--version", "--json"]]) {
    expect(await command.run(args)).toMatchObject({
      code: 0,
      stdout: `greentic-dist ${version}\n`,
      stderr: "",
    });
  }
});

describe("help", () => {
  test.each(commands.map(({ name }) => name))(
    "of %s says how it is used and gives an example",
    async (name) => {
      const words = name.split(" ");
      const { code, stdout, stderr } = await command.run([...words, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: greentic-dist ${name}`);
      expect(stdout).toMatch(new RegExp(`Examples:\n(.*\n)*  greentic-dist .*${name} `));
      expect((await command.run(["help", ...words])).stdout).toBe(stdout);
      expect((await command.run(["--help", ...words])).stdout).toBe(stdout);
      expect((await command.run([...words, "-h"])).stdout).toBe(stdout);
    },
  );

  test("of the program lists every command and gives an example", async () => {
    const { code, stdout, stderr } = await command.run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
    expect(stdout).toContain("  greentic-dist pull ghcr.io/acme/hello:1.0\n");
    expect((await command.run(["help"])).stdout).toBe(stdout);
    expect((await command.run(["-h"])).stdout).toBe(stdout);
  });

  test("of a group lists its commands", async () => {
    const { code, stdout } = await command.run(["cache", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("  cache ls ");
    expect(stdout).not.toContain("  resolve ");
    expect((await command.run(["help", "cache"])).stdout).toBe(stdout);
  });
});

test("files for the runtime in the working folder change nothing", async () => {
  await using fresh = await createCommand();
  await writeFile(join(fresh.directory, "harm.js"), 'console.log("harm");');
  await writeFile(join(fresh.directory, "bunfig.toml"), 'preload = ["./harm.js"]');
  await writeFile(join(fresh.directory, ".env"), "GREENTIC_DIST_OFFLINE=1\n");
  const { code, stdout } = await fresh.run(["pull", pushed.reference]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${fresh.componentOf(pushed.manifestDigest)}\n` });
});

describe("greentic-distributor-client", () => {
  test("is the same program with one line on stderr that says that it is deprecated", async () => {
    const { code, stdout, stderr } = await command.run(["--version"], { entry: "shim" });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `greentic-dist ${version}\n` });
    expect(stderr).toMatch(/^warning: greentic-distributor-client is deprecated; use greentic-dist\n$/);
    const failed = await command.run(["pull", nowhere], { entry: "shim" });
    expect(failed).toMatchObject({ code: 3, stdout: "" });
    expect(failed.stderr).toContain("is not cached");
  });

  test("is silent about that when GREENTIC_SILENCE_DEPRECATION_WARNINGS is 1", async () => {
    const env = { GREENTIC_SILENCE_DEPRECATION_WARNINGS: "1" };
    expect(await command.run(["--version"], { entry: "shim", env })).toMatchObject({ code: 0, stderr: "" });
  });
});
