import { createHash } from "node:crypto";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import { parseDigest } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { blobOf } from "../support/cache-files.ts";
import type { RunOptions, RunResult } from "../support/cli.ts";
import { isBlob, type Match, slowDrip } from "../support/faults.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { missingProgram } from "../support/servers.ts";
import { type Command, createCommand } from "./support/command.ts";
import { screenOf } from "./support/screen.ts";

const wasm = bytesOf(5 * 1024 * 1024, "terminal");
const escape = "\u001b[";

const isSlow: Match = (request) => isBlob(request) && !request.path.includes("/quick/");

let registry: Registry;
let pushed: PushedComponent;
/** The same component, without a wait. */
let quick: PushedComponent;
let command: Command;

beforeAll(async () => {
  registry = await startRegistry({ wrap: slowDrip(isSlow, { bytes: 64 * 1024, everyMs: 10 }) });
  pushed = pushComponent(registry, { repository: "example/terminal", tag: "1.0", wasm });
  quick = pushComponent(registry, { repository: "example/quick", tag: "1.0", wasm });
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

/** Runs the command on a terminal: all that it writes comes as one text, in `stdout`. */
async function runOnTerminal(
  args: readonly string[],
  env: RunOptions["env"] = {},
  shellCommand = '"$*"',
): Promise<RunResult> {
  const through = ["sh", "-c", `exec script -qec ${shellCommand} /dev/null`, "sh"];
  const result = await command.run(args, { through, env: { TERM: "xterm", ...env } });
  if (result.code === 127) throw missingProgram("script", new Error(result.stderr), "bsdutils");
  return result;
}

test("a terminal sees a bar with bytes and a rate, then the path as the last line", async () => {
  const { code, stdout } = await runOnTerminal(["pull", pushed.reference]);
  expect(code).toBe(0);
  expect(stripVTControlCharacters(stdout)).toMatch(
    /█+░+ {2}\d+\.\d [KM]iB of 5\.0 MiB {2}\d+\.\d [KM]iB\/s {2}\d+ s left/,
  );
  expect(screenOf(stdout)).toEqual([command.componentOf(pushed.manifestDigest), ""]);
  expect(stdout.split(`${escape}?25l`).length).toBe(stdout.split(`${escape}?25h`).length);
});

test("a terminal sees a bar for each entry of a lock that is being downloaded, and only the results stay", async () => {
  const entries = Array.from({ length: 10 }, (_, i) =>
    pushComponent(registry, { repository: `example/entry${i}`, tag: "1.0", wasm: bytesOf(1_000_000, i) }),
  );
  const lock = join(command.directory, "pack.lock");
  await writeFile(lock, JSON.stringify(entries.map(({ reference }) => reference)));
  const { code, stdout } = await runOnTerminal(["pull", "--lock", lock]);
  expect(code).toBe(0);
  const drawn = stripVTControlCharacters(stdout);
  for (const i of entries.keys()) expect(drawn).toMatch(new RegExp(`entry${i}:1.0 +█`));
  const lines = entries.map(
    ({ manifestDigest }) => `${manifestDigest} ${command.componentOf(manifestDigest)}`,
  );
  expect(screenOf(stdout)).toEqual([...lines, ""]);
});

test("a terminal sees how far a check of the cache is, and only its result stays", async () => {
  await command.run(["pull", quick.reference]);
  // A file with nothing in it takes no room, and long to hash.
  const zeros = Buffer.alloc(1024 * 1024);
  const hash = createHash("sha256");
  for (let i = 0; i < 256; i++) hash.update(zeros);
  const path = blobOf(command.cache, parseDigest(`sha256:${hash.digest("hex")}`));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  await truncate(path, 256 * zeros.length);
  const { code, stdout } = await runOnTerminal(["cache", "verify"]);
  expect(code).toBe(0);
  expect(stripVTControlCharacters(stdout)).toMatch(/verifying the cache {2}█*░* {2}[1-4] of 5 {2}\d+\/s/);
  expect(screenOf(stdout)).toEqual(["5 checked, all whole", ""]);
});

test("everything about a download fits into 80 columns", async () => {
  const { stdout } = await runOnTerminal(["pull", pushed.reference], {}, '"stty cols 80; $*"');
  // oxlint-disable-next-line eslint/no-control-regex
  const drawn = stdout.split(/[\r\n]|\u001b\[\d*G/).map(stripVTControlCharacters);
  const bars = drawn.filter((line) => line.includes("█"));
  expect(bars.length).toBeGreaterThan(1);
  expect(bars.filter((line) => line.length > 80)).toEqual([]);
  expect(bars[0]).toMatch(/^….*:1\.0 .* of 5\.0 MiB {2}.*\/s {2}\d+ s left$/);
});

test("the bar is not on stdout", async () => {
  const file = join(command.directory, "stdout.txt");
  const { code, stdout } = await runOnTerminal(["pull", pushed.reference], {}, `"$* > ${file}"`);
  expect(code).toBe(0);
  expect(stdout).toContain("█");
  expect(await readFile(file, "utf8")).toBe(`${command.componentOf(pushed.manifestDigest)}\n`);
});

test.each<[what: string, env: Readonly<Record<string, string>>]>([
  ["on a build machine", { CI: "true" }],
  ["on a dumb terminal", { TERM: "dumb" }],
])("there are lines in place of a bar %s", async (_what, env) => {
  const { stdout } = await runOnTerminal(["pull", quick.reference], env);
  expect(stdout).not.toContain("█");
  expect(stdout.split("\r\n")).toEqual([
    `${quick.reference}: downloading 5.0 MiB`,
    expect.stringMatching(/: verified sha256:[0-9a-f]{64} in \d+\.\d s$/),
    command.componentOf(quick.manifestDigest),
    "",
  ]);
});

test.each(["--quiet", "--progress none", "--json"])("nothing is drawn with %s", async (options) => {
  const { stdout } = await runOnTerminal(["pull", quick.reference, ...options.split(" ")]);
  expect(stdout).not.toContain("█");
  expect(stdout).not.toContain(escape);
  expect(stdout).toContain(command.componentOf(quick.manifestDigest));
});

test("warnings and requests stay on the screen when the bars have gone", async () => {
  const { reference, manifestDigest } = pushComponent(registry, {
    repository: "example/stale",
    wasm,
    componentManifest: { hashes: { component_wasm: `blake3:${"0".repeat(64)}` } },
  });
  const { stdout } = await runOnTerminal(["pull", reference, "--verbose"]);
  expect(stdout).toContain("█");
  expect(screenOf(stdout)).toEqual([
    expect.stringMatching(/^GET http:.*\/manifests\/sha256:.* -> 200 \(\d+ ms\)$/),
    expect.stringMatching(/^GET http:.*\/blobs\/sha256:.* -> 200 \(\d+ ms\)$/),
    expect.stringMatching(/^GET http:.*\/blobs\/sha256:.* -> 200 \(\d+ ms\)$/),
    expect.stringMatching(/^warning: hashes\.component_wasm of .* is stale/),
    command.componentOf(manifestDigest),
    "",
  ]);
});

test("a stopped pull leaves the terminal as it was", async () => {
  const stop = '"timeout --foreground --preserve-status -s INT 0.8 $*"';
  const { code, stdout } = await runOnTerminal(["pull", pushed.reference], {}, stop);
  expect(code).toBe(130);
  expect(stdout.split(`${escape}?25l`).length).toBe(stdout.split(`${escape}?25h`).length);
  expect(screenOf(stdout)).toEqual(["error: stopped before it was done", ""]);
});

test.each<[what: string, env: Readonly<Record<string, string>>, coloured: boolean]>([
  ["coloured on a terminal", {}, true],
  ["plain where NO_COLOR is set", { NO_COLOR: "1" }, false],
  ["coloured where NO_COLOR is empty", { NO_COLOR: "" }, true],
  ["plain on a dumb terminal", { TERM: "dumb" }, false],
])("an error is %s", async (_what, env, coloured) => {
  const { code, stdout } = await runOnTerminal(["pull", "UPPER"], env);
  expect(code).toBe(2);
  expect(stdout.startsWith(coloured ? `${escape}31merror${escape}39m: ` : "error: ")).toBe(true);
  expect(stripVTControlCharacters(stdout)).toContain("error: invalid reference `UPPER`");
});

test("an error is never coloured where there is no terminal", async () => {
  const { stderr } = await command.run(["pull", ""], { env: { TERM: "xterm", FORCE_COLOR: "1" } });
  expect(stderr).not.toContain(escape);
});

test("delete asks on a terminal, says what comes of it, and does nothing unless the answer is yes", async () => {
  const small = pushComponent(registry, {
    repository: "example/quick/asked",
    tag: "1.0",
    wasm: bytesOf(100, "asked"),
  });
  const answered = (input: string): Promise<RunResult> => {
    const through = ["sh", "-c", 'exec script -qec "$*" /dev/null', "sh"];
    return command.run(["delete", small.reference], {
      through,
      input,
      env: { TERM: "xterm", NO_COLOR: "1" },
    });
  };
  const no = await answered("n\n");
  expect(no.code).toBe(130);
  expect(no.stdout).toContain(`the tag goes, the manifest ${small.manifestDigest} stays; it then has no tag`);
  expect(no.stdout).toMatch(/Delete it\? \[y\/N\] .*error: nothing was deleted/s);
  expect((await command.run(["resolve", small.reference])).code).toBe(0);
  const yes = await answered("y\n");
  expect(yes.code).toBe(0);
  expect(screenOf(yes.stdout).slice(-2)).toEqual([small.manifestDigest, ""]);
  expect((await command.run(["resolve", small.reference])).code).toBe(3);
});

test("lock diff is coloured on a terminal, and nowhere else", async () => {
  const [before, after] = [join(command.directory, "before.json"), join(command.directory, "after.json")];
  await writeFile(before, JSON.stringify([{ name: "a", ref: "acme/a:1" }]));
  await writeFile(after, JSON.stringify([{ name: "b", ref: "acme/b:1" }]));
  const { code, stdout } = await runOnTerminal(["lock", "diff", before, after]);
  expect(code).toBe(1);
  expect(stdout).toBe(
    `${escape}31m-  a  acme/a:1  unpinned${escape}39m\r\n${escape}32m+  b  acme/b:1  unpinned${escape}39m\r\n`,
  );
  expect((await command.run(["lock", "diff", before, after])).stdout).not.toContain(escape);
  expect((await runOnTerminal(["lock", "diff", before, after], { NO_COLOR: "1" })).stdout).not.toContain(
    escape,
  );
});
