import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encode } from "cborg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { digestOf } from "../support/cache-files.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

let registry: Registry;
let one: PushedComponent;
let command: Command;

const push = (name: string, text: string = name): PushedComponent =>
  pushComponent(registry, { repository: `acme/${name}`, tag: "1", wasm: bytesOf(3000, text) });

beforeAll(async () => {
  registry = await startRegistry();
  one = push("one");
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

async function writeLock(content: unknown): Promise<string> {
  await writeFile(join(command.directory, "pack.lock"), JSON.stringify(content));
  return "pack.lock";
}

describe("pull --lock", () => {
  test("prints a digest and a path a line in the order of the lock, or an array", async () => {
    await writeFile(join(command.directory, "x.wasm"), "x");
    const lock = await writeLock([{ name: "x", ref: "./x.wasm" }, one.reference]);
    const x = digestOf("x");
    expect(await command.run(["pull", "--lock", lock, "--progress", "none"])).toMatchObject({
      code: 0,
      stdout: `${x} ${command.componentOf(x)}\n${one.manifestDigest} ${command.componentOf(one.manifestDigest)}\n`,
      stderr: "",
    });
    const { code, stdout, stderr } = await command.run(["--json", "pull", `--lock=${lock}`, "--jobs", "1"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      pretty([
        { reference: "./x.wasm", name: "x", digest: x, cache_path: command.componentOf(x), fetched: false },
        {
          reference: one.reference,
          name: null,
          digest: one.manifestDigest,
          cache_path: command.componentOf(one.manifestDigest),
          fetched: false,
        },
      ]),
    );
  });

  test("prints the good lines when entries fail, and with --json only the error, which holds both", async () => {
    const lock = await writeLock([
      { name: "bad", ref: one.reference, digest: digestOf("bad") },
      { name: "one", ref: one.reference },
    ]);
    const text = await command.run(["pull", "--lock", lock, "--progress", "none"]);
    const path = command.componentOf(one.manifestDigest);
    expect(text).toMatchObject({ code: 6, stdout: `${one.manifestDigest} ${path}\n` });
    expect(text.stderr).toMatch(
      /^error: 1 of 2 entries of `pack.lock` failed:\n {2}bad: digest mismatch .*\nhint: /,
    );
    const json = await command.run(["pull", "--lock", lock, "--json"]);
    expect(json).toMatchObject({ code: 6, stdout: "" });
    expect(parseError(json.stderr)).toMatchObject({
      code: "DIGEST_MISMATCH",
      details: {
        pulled: [{ name: "one", digest: one.manifestDigest, cache_path: path, fetched: false }],
        failed: [{ name: "bad", reference: one.reference, code: "DIGEST_MISMATCH" }],
      },
    });
  });

  test.each([
    [["pull", "x", "--lock", "pack.lock"], 2, "a reference and --lock exclude each other"],
    [["pull", "x", "--jobs", "2"], 2, "--jobs goes with --lock"],
    [["pull"], 2, "pull requires either a reference or --lock"],
    [["pull", "--lock", "pack.lock", "--jobs", "0"], 2, "jobs is 0, expected a whole number from 1 to 64"],
    [["pull", "--lock", "pack.lock", "--jobs", "x"], 2, "--jobs is `x`, expected a whole number"],
    [["pull", "--lock", "pack.lock"], 3, "lockfile `pack.lock` is not there"],
  ])("as in %j exits with %d", async (args, code, message) => {
    expect(await command.run(args)).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringContaining(`error: ${message}\n`) as string,
    });
  });
});

test("a lock is made, checked, found to have moved, updated and pulled", async () => {
  const before = push("moving", "before");
  await writeFile(join(command.directory, "refs.txt"), `# mine\n\n  ${one.reference} # this one\n`);
  const made = await command.run(["lock", "create", before.reference, "--from", "refs.txt", "-o", "l.json"]);
  expect(made).toMatchObject({
    code: 0,
    stdout: `moving ${before.manifestDigest}\none ${one.manifestDigest}\n`,
    stderr: "",
  });
  expect(await command.run(["lock", "check", "l.json"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const now = push("moving", "now");
  const line = `moving ${before.manifestDigest} ${now.manifestDigest}\n`;
  expect(await command.run(["lock", "check", "l.json"])).toMatchObject({ code: 1, stdout: line, stderr: "" });
  const json = await command.run(["lock", "check", "l.json", "--json"]);
  expect(json).toMatchObject({
    code: 1,
    stdout: pretty([
      {
        name: "moving",
        reference: before.reference,
        range: null,
        moved_to: null,
        expected: before.manifestDigest,
        actual: now.manifestDigest,
      },
    ]),
  });
  expect(await command.run(["pull", "--lock", "l.json"])).toMatchObject({ code: 6 });
  expect(await command.run(["lock", "update", "l.json"])).toMatchObject({ code: 0, stdout: line });
  expect(await command.run(["lock", "check", "l.json"])).toMatchObject({ code: 0, stdout: "" });
  expect(await command.run(["pull", "--lock", "l.json"])).toMatchObject({ code: 0 });
  expect(await readFile(join(command.directory, "l.json"), "utf8")).toContain('\n      "name": "moving",\n');
});

test("a lock is not made without a place for it, or without references", async () => {
  for (const [args, message] of [
    [["lock", "create", one.reference], "lock create requires --output FILE"],
    [["lock", "create", "-o", "x"], "lock create requires a reference or --from"],
    [["lock", "create", "--from", "/dev/null", "-o", "x"], "there is no reference to lock"],
    [["lock", "create", one.reference, "-o", "."], "cannot write `.`: it is no regular file"],
  ] as const) {
    expect(await command.run(args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`error: ${message}\n`) as string,
    });
  }
  expect(await command.run(["lock", "create", "--from", "none.txt", "-o", "x"])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /^error: `none.txt` is not there\nhint: --from names a text file/,
    ) as string,
  });
});

test("a lock goes to stdout, and what is said of it to stderr", async () => {
  await writeFile(join(command.directory, "x.wasm"), "x");
  const args = ["lock", "create", "./x.wasm", "-o"];
  const x = `x ${digestOf("x")}\n`;
  expect(await command.run([...args, "x.json"])).toMatchObject({ code: 0, stdout: x, stderr: "" });
  const stdout = await readFile(join(command.directory, "x.json"), "utf8");
  expect(await command.run([...args, "-"])).toMatchObject({ code: 0, stdout, stderr: x });
  expect(await command.run([...args, "-", "--quiet"])).toMatchObject({ code: 0, stdout, stderr: "" });
  const converted = await command.run(["lock", "convert", "x.json", "--to=json-array", "-o-", "--json"]);
  expect(converted.stdout).toMatch(/^\[\n {2}\{\n {4}"name": "x",/);
  expect(converted).toMatchObject({
    code: 0,
    stderr: pretty({ path: "-", dialect: "json-array", entries: 1, lost: [] }),
  });
});

const pin = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe("lock diff", () => {
  const before = {
    schema_version: 1,
    components: [
      { name: "gone", ref: "ghcr.io/acme/gone:2.1", digest: pin("a") },
      { name: "hello", ref: "ghcr.io/acme/hello:1.2.0", digest: pin("b") },
      { name: "moving", ref: "ghcr.io/acme/moving:latest", digest: pin("c") },
    ],
  };
  const after = [
    { name: "hello", ref: "oci://ghcr.io/acme/hello:1.3.1", digest: pin("d") },
    { name: "local", ref: "./local.wasm", digest: pin("e") },
    { name: "moving", ref: "ghcr.io/acme/moving:latest", digest: pin("f") },
  ];

  test("says in lines that line up what came, went and moved, and exits with 1", async () => {
    await writeFile(join(command.directory, "after.json"), JSON.stringify(after));
    const input = JSON.stringify(before);
    const { code, stdout, stderr } = await command.run(["lock", "diff", "-", "after.json"], { input });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toBe(
      [
        "-  gone    ghcr.io/acme/gone:2.1  aaaaaaaaaaaa",
        "+  local   ./local.wasm           eeeeeeeeeeee",
        "~  hello   1.2.0 → 1.3.1          bbbbbbbbbbbb → dddddddddddd",
        "~  moving  latest                 cccccccccccc → ffffffffffff",
        "",
      ].join("\n"),
    );
  });

  test("prints an object with --json", async () => {
    await writeFile(join(command.directory, "after.json"), JSON.stringify(after));
    const input = JSON.stringify(before);
    const { code, stdout } = await command.run(["lock", "diff", "-", "after.json", "--json"], { input });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      added: [{ name: "local", reference: "./local.wasm", digest: pin("e"), content_digest: null }],
      removed: [{ name: "gone" }],
      changed: [
        {
          before: { reference: "ghcr.io/acme/hello:1.2.0" },
          after: { reference: "oci://ghcr.io/acme/hello:1.3.1" },
          fields: ["reference", "digest"],
        },
        { fields: ["digest"] },
      ],
    });
  });

  test("says nothing where there is no difference, and exits with 0", async () => {
    const lock = await writeLock(before);
    const same = { input: JSON.stringify(before.components.toReversed()) };
    expect(await command.run(["lock", "diff", lock, "-"], same)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await command.run(["lock", "diff", lock, "-", "--json"], same)).toMatchObject({
      code: 0,
      stdout: pretty({ added: [], removed: [], changed: [] }),
    });
  });

  test("takes /dev/null, as Git names a side that is not there, for a lockfile without entries", async () => {
    const lock = await writeLock(before);
    const same = await command.run(["lock", "diff", "/dev/null", "/dev/null"]);
    expect(same).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const { code, stdout } = await command.run(["lock", "diff", "/dev/null", lock, "--json"]);
    expect([code, (JSON.parse(stdout) as { added: unknown[] }).added.length]).toEqual([
      1,
      before.components.length,
    ]);
  });

  test.each([
    [["-", "-"], 2, "only one of the two lockfiles can be stdin"],
    [["-", "pack.lock"], 2, "invalid lockfile `-`: is empty"],
    [["pack.lock", "none.json"], 3, "lockfile `none.json` is not there"],
    [["pack.lock"], 2, "lock diff requires two lockfiles"],
  ])("as in %j exits with %d", async (args, code, message) => {
    await writeLock([]);
    expect(await command.run(["lock", "diff", ...args])).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringContaining(`error: ${message}\n`) as string,
    });
  });
});

describe("lock convert", () => {
  const component = {
    component_id: "x",
    ref: "./x.wasm",
    abi_version: "0.6.0",
    resolved_digest: pin("a"),
    describe_hash: "b".repeat(64),
    operations: [],
  };

  test("makes JSON of CBOR and CBOR of that, the same bytes", async () => {
    const bytes = encode({ version: 1, components: { x: component } });
    await writeFile(join(command.directory, "pack.lock.cbor"), bytes);
    const there = await command.run([
      "lock",
      "convert",
      "pack.lock.cbor",
      "--to",
      "json-object",
      "-o",
      "l.json",
    ]);
    expect(there).toMatchObject({ code: 0, stdout: "l.json json-object 1\n", stderr: "" });
    expect(await command.run(["lock", "diff", "pack.lock.cbor", "l.json"])).toMatchObject({
      code: 0,
      stdout: "",
    });
    const back = await command.run(["lock", "convert", "l.json", "--to=cbor", "-o", "again.cbor", "--json"]);
    expect(back).toMatchObject({
      code: 0,
      stdout: pretty({ path: "again.cbor", dialect: "cbor", entries: 1, lost: [] }),
    });
    expect(await readFile(join(command.directory, "again.cbor"))).toEqual(Buffer.from(bytes));
  });

  test("names what would be lost and writes nothing, but with --lossy what is left", async () => {
    const lock = await writeLock({ note: "mine", components: [{ name: "x", ref: "acme/x:1" }] });
    const args = ["lock", "convert", lock, "--to", "json-array", "-o", "out.json"];
    const refused = await command.run(args);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(
      /^error: json-array has no place for all .*:\n {2}beside the entries: note\nhint: --lossy/,
    );
    await expect(readFile(join(command.directory, "out.json"))).rejects.toThrow("ENOENT");
    expect(await command.run([...args, "--lossy"])).toMatchObject({
      code: 0,
      stdout: "out.json json-array 1\n",
      stderr: "left out beside the entries: note\n",
    });
    expect(await readFile(join(command.directory, "out.json"), "utf8")).toBe(
      pretty([{ name: "x", ref: "acme/x:1" }]),
    );
  });

  test.each([
    [["--to", "xml", "-o", "o"], 2, /requires --to json-object, json-array, cbor, got `xml`/],
    [["-o", "o"], 2, /requires --to json-object/],
    [["--to", "cbor"], 2, /requires --output FILE/],
    [["--to", "cbor", "-o", "o"], 2, /cannot be written as CBOR: entry 0 `x` has no digest, no abi_version/],
    [
      ["--to", "json-array", "-o", "elsewhere/o"],
      2,
      /`x` in `pack.lock` has a path that begins at the lockfile's folder/,
    ],
    [["--to", "json-array", "-o", "none/o"], 2, /`x` in `pack.lock` has a path/],
  ])("as in %j exits with %d", async (args, code, message) => {
    await writeFile(join(command.directory, "x.wasm"), "x");
    const lock = await writeLock([{ name: "x", ref: "./x.wasm" }]);
    const { stderr, ...rest } = await command.run(["lock", "convert", lock, ...args]);
    expect(rest).toMatchObject({ code, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
