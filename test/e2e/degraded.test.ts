import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { leftovers, viewOf } from "../support/cache-files.ts";
import type { RunResult } from "../support/cli.ts";
import { inOwnMounts } from "../support/missing-tools.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, hashFile, parseError } from "./support/command.ts";

const componentManifest = { artifacts: { component_wasm: "hello.wasm" } };

let registry: Registry;
let held: PushedComponent;
let other: PushedComponent;

beforeAll(async () => {
  registry = await startRegistry();
  held = pushComponent(registry, { repository: "a/b", tag: "1", wasm: bytesOf(3000, 1), componentManifest });
  other = pushComponent(registry, {
    repository: "a/c",
    tag: "1",
    wasm: bytesOf(500_000, 2),
    componentManifest,
  });
});
afterAll(() => registry[Symbol.asyncDispose]());

/** A command whose cache holds one of two components, and what keeps it from being written. */
interface ReadOnly {
  readonly how: string;
  readonly open: (command: Command) => Promise<readonly string[]>;
}

/** Runs a command line after a shell has done something to `$ROOT`. */
function after(script: string): readonly string[] {
  return [...inOwnMounts, "sh", "-ec", `${script}; exec "$@"`, "sh"];
}

const asNobody =
  process.geteuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

const readOnly: readonly ReadOnly[] = [
  {
    how: "lies on a read-only mount",
    open: () => Promise.resolve(after('mount --bind "$ROOT" "$ROOT"; mount -o remount,bind,ro "$ROOT"')),
  },
  {
    how: "belongs to somebody else",
    open: async ({ directory, cache }) => {
      for (const path of [directory, join(directory, "tmp")]) await chmod(path, 0o777);
      await chmod(cache, 0o755);
      for (const entry of await readdir(cache, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isSymbolicLink()) await chmod(path, entry.isDirectory() ? 0o555 : 0o444);
      }
      await chmod(cache, 0o555);
      return asNobody;
    },
  },
];

test.each(readOnly)(
  "a cache that $how serves what it holds; the rest is kept in a private folder, for the next process too",
  async ({ open }) => {
    await using command = await createCommand();
    const { cache, directory } = command;
    await mkdir(join(directory, "tmp"));
    await command.run(["pull", held.reference]);
    const through = await open(command);
    const run = (...args: readonly string[]): Promise<RunResult> =>
      command.run(args, { through, env: { ROOT: cache, TMPDIR: join(directory, "tmp"), LANG: "C" } });
    const before = await readdir(cache, { recursive: true });

    const digest = await run("pull", held.manifestDigest);
    expect(digest).toMatchObject({ code: 0, stderr: "" });
    expect(digest.stdout.trim()).toBe(viewOf(cache, held.manifestDigest, "component.wasm"));
    const tag = await run("pull", held.reference, "--progress", "none");
    expect(tag).toMatchObject({ code: 0, stdout: digest.stdout });
    expect(tag.stderr.match(/cannot be written/g)).toHaveLength(1);

    for (const [fetched, ...options] of [[true], [false], [false, "--offline"]] as const) {
      const pulled = await run("pull", other.reference, "--json", "--progress", "json", ...options);
      expect(pulled).toMatchObject({ code: 0 });
      const { cache_path: path, ...rest } = JSON.parse(pulled.stdout) as { cache_path: string };
      expect(rest).toMatchObject({ digest: other.manifestDigest, fetched });
      expect(path.startsWith(join(directory, "tmp", "greentic-dist-"))).toBe(true);
      expect(await hashFile(path)).toBe(other.contentDigest);
      expect((await stat(join(path, "../../.."))).mode & 0o777).toBe(0o700);
      expect(pulled.stderr.match(/CACHE_NOT_WRITABLE/g)).toHaveLength(1);
    }
    expect(await readdir(cache, { recursive: true })).toEqual(before);
  },
);

test("a folder among the temporary ones that is not ours alone is not used", async () => {
  await using command = await createCommand();
  const tmp = join(command.directory, "tmp");
  await mkdir(join(tmp, `greentic-dist-${process.geteuid?.()}`), { recursive: true });
  await chmod(join(tmp, `greentic-dist-${process.geteuid?.()}`), 0o777);
  await mkdir(command.cache);
  const through = after('mount --bind "$ROOT" "$ROOT"; mount -o remount,bind,ro "$ROOT"');
  const env = { ROOT: command.cache, TMPDIR: tmp };
  const { stdout, code } = await command.run(["pull", other.reference], { through, env });
  expect([code, stdout.startsWith(join(tmp, `greentic-dist-${process.geteuid?.()}-`))]).toEqual([0, true]);
  expect(await hashFile(stdout.trim())).toBe(other.contentDigest);
});

test("a disk that is full is freed of our own garbage, once, and then the pull succeeds", async () => {
  await using command = await createCommand();
  await mkdir(command.cache);
  const script = [
    'mount -t tmpfs -o size=1m tmpfs "$ROOT"',
    'mkdir -p "$ROOT/.store/v1/trash/x" "$ROOT/.store/v1/ingest/y.kept"',
    'head -c 300000 /dev/zero > "$ROOT/.store/v1/trash/x/0"',
    'head -c 300000 /dev/zero > "$ROOT/.store/v1/ingest/y.kept/data"',
    '"$@" > "$ROOT/../out"',
    'sha256sum < "$(cat "$ROOT/../out")"',
    'ls "$ROOT/.store/v1/trash" "$ROOT/.store/v1/ingest"',
  ].join("; ");
  const through = [...inOwnMounts, "sh", "-ec", script, "sh"];
  const { code, stdout, stderr } = await command.run(["pull", other.reference], {
    through,
    env: { ROOT: command.cache },
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain(other.contentDigest.slice("sha256:".length));
  expect(stdout).not.toMatch(/^(x|y\.kept)$/m);
});

test("a disk that stays full is one error, and leaves no lock that the next pull waits for", async () => {
  await using command = await createCommand();
  await mkdir(command.cache);
  const script = [
    'mount -t tmpfs -o size=256k tmpfs "$ROOT"',
    'head -c 300000 /dev/zero > "$ROOT/fill" 2>/dev/null || true',
    'code=0; "$@" || code=$?',
    'ls "$ROOT/.store/v1/locks"',
    "exit $code",
  ].join("; ");
  for (const args of [["pull"], ["save", "-o", "bundle.tar"]]) {
    const ended = await command.run([...args, other.reference, "--progress", "none"], {
      through: [...inOwnMounts, "sh", "-ec", script, "sh"],
      env: { ROOT: command.cache },
    });
    expect(ended).toMatchObject({ code: 10, stdout: "" });
    expect(ended.stderr).toMatch(/^error: no space left for the cache in .*\nhint: free some space.*\n$/);
  }
});

test("on a disk of any size a pull succeeds, or says DISK_FULL, exits with 10 and leaves nothing wrong", async () => {
  const ends: string[] = [];
  for (let kib = 64; kib <= 704; kib += 64) {
    await using command = await createCommand();
    await mkdir(command.cache);
    // Afterwards there is room, and the next pull must find nothing in its way.
    const script = [
      `mount -t tmpfs -o size=${kib}k tmpfs "$ROOT"`,
      'code=0; "$@" || code=$?',
      'mount -o remount,size=4m "$ROOT"',
      'sha256sum "$ROOT"/.store/v1/blobs/sha256/*/* 2>/dev/null | while read hex path; do test "$hex" = "${path##*/}" || echo BAD; done',
      '"$@" 2>/dev/null',
      "exit $code",
    ].join("; ");
    const { code, stdout, stderr } = await command.run(["pull", other.reference, "--json"], {
      through: [...inOwnMounts, "sh", "-c", script, "sh"],
      env: { ROOT: command.cache },
    });
    expect(stdout).not.toContain("BAD");
    expect(stdout).toContain(other.manifestDigest);
    ends.push(code === 0 ? "pulled" : `${code} ${parseError(stderr).code}`);
  }
  expect(new Set(ends)).toEqual(new Set(["10 DISK_FULL", "pulled"]));
});

test.each([
  ["hard links", "link,linkat", "EPERM"],
  ["hard links across folders", "link,linkat", "EXDEV"],
  ["symbolic links", "symlink,symlinkat", "EPERM"],
])("a file system without %s is good enough (%s: %s)", async (_, calls, errno) => {
  await using command = await createCommand();
  const names = calls
    .split(",")
    .map((name) => `?${name}`)
    .join(",");
  const through = [
    "strace",
    "-f",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    `trace=${names}`,
    "-e",
    `inject=${names}:error=${errno}`,
  ];
  const { code, stdout, stderr } = await command.run(["pull", held.reference], { through });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const path = stdout.trim();
  expect((await lstat(path)).isSymbolicLink()).toBe(!calls.startsWith("sym"));
  expect((await stat(path)).nlink > 1).toBe(calls.startsWith("sym"));
  expect(await hashFile(path)).toBe(held.contentDigest);
  expect(await hashFile(join(path, "../hello.wasm"))).toBe(held.contentDigest);
  expect(await leftovers(command.cache)).toHaveLength(2);
  const again = await command.run(["--offline", "pull", held.manifestDigest, "--json"], { through });
  expect(JSON.parse(again.stdout)).toMatchObject({ fetched: false, cache_path: path });
  expect((await command.run(["cache", "verify"])).code).toBe(0);
  expect(await command.run(["cache", "gc", "--json"])).toMatchObject({ stdout: "[]\n" });
});

test("a root that is a file, or a link to nowhere, is said to be one", async () => {
  await using command = await createCommand();
  await writeFile(command.cache, "a file");
  const file = await command.run(["pull", held.reference, "--json"]);
  expect(file).toMatchObject({ code: 10, stdout: "" });
  expect(parseError(file.stderr)).toMatchObject({
    code: "IO",
    message: expect.stringContaining("no folder"),
  });
  const link = join(command.directory, "link");
  await symlink("nowhere", link);
  const dangling = await command.run(["pull", held.reference, "--json", "--cache-dir", link]);
  expect(dangling).toMatchObject({ code: 10, stdout: "" });
  expect(parseError(dangling.stderr)).toMatchObject({
    code: "IO",
    message: expect.stringContaining("a link that leads to no folder"),
  });
  expect([await readFile(command.cache, "utf8"), await readlink(link)]).toEqual(["a file", "nowhere"]);
});

test("what a newer format keeps beside ours is left alone by everything that cleans up", async () => {
  await using command = await createCommand();
  const newer = join(command.cache, ".store/v2/blobs");
  await mkdir(newer, { recursive: true });
  await writeFile(join(newer, "x"), "newer");
  await writeFile(join(command.cache, ".store/VERSION"), "2");
  await command.run(["pull", held.reference]);
  for (const args of [
    ["gc", "--max-bytes", "0", "--min-age", "0s"],
    ["verify"],
    ["rm", held.manifestDigest],
    ["gc"],
  ]) {
    expect(await command.run(["cache", ...args])).toMatchObject({ code: 0 });
  }
  expect(await readFile(join(newer, "x"), "utf8")).toBe("newer");
  expect(await readFile(join(command.cache, ".store/VERSION"), "utf8")).toBe("2");
});
