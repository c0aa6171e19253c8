import { execFileSync } from "node:child_process";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { testedNode } from "../support/command-line.ts";
import { projectPath } from "../support/project-path.ts";
import { startRegistry } from "../support/registry.ts";
import { type Command, createCommand } from "./support/command.ts";

let command: Command;
let pushed: PushedComponent;
let folder: string;
/** What a pull prints. */
let shown: string;
/** What another program prints in whose place the compiled program is put; then it was used. */
const planted = "planted";

beforeAll(async () => {
  command = await createCommand();
  folder = join(command.directory, "caches/greentic-dist");
  await using registry = await startRegistry();
  pushed = pushComponent(registry, { repository: "example/warm", wasm: smallComponent });
  shown = `${command.componentOf(pushed.manifestDigest)}\n`;
  await pull([pushed.reference]);
  // A file that has just been made is hashed once more before the cache trusts what it noted of it.
  await sleep(2_100);
  await pull([pushed.reference]);
});
afterAll(() => command[Symbol.asyncDispose]());
beforeEach(() => rm(join(command.directory, "caches"), { recursive: true, force: true }));

test("the first pull of something cached keeps what it compiled, for its user alone; those after it write nothing", async () => {
  await pull();
  const [file = ""] = await filesOf();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const before = await stat(join(folder, file), { bigint: true });
  expect(before.mode & 0o777n).toBe(0o600n);
  await pull();
  await pull(["--json", pushed.contentDigest]);
  expect(await filesOf()).toEqual([file]);
  const { ino, ctimeNs } = await stat(join(folder, file), { bigint: true });
  expect({ ino, ctimeNs }).toEqual({ ino: before.ino, ctimeNs: before.ctimeNs });
});

test("what was kept is used", async () => {
  await plant();
  expect(await pull()).toBe(planted);
});

test("nothing is kept of what is no pull, failed, or had to load more", async () => {
  await command.run(["--version"], { env: caches() });
  await command.run(["resolve", pushed.manifestDigest], { env: caches() });
  await command.run(["--offline", "pull", `example.com/a@sha256:${"0".repeat(64)}`], { env: caches() });
  await command.run(["pull", projectPath("test/e2e/none.wasm")], { env: caches() });
  expect(await filesOf()).toEqual([]);
});

test("nothing is kept or used when the user says so, or Node is given options", async () => {
  const path = await plant();
  for (const env of [{ NODE_DISABLE_COMPILE_CACHE: "1" }, { NODE_OPTIONS: "--max-old-space-size=900" }]) {
    expect(await pull(undefined, env)).toBe(shown);
    await rename(path, `${path}.away`);
    expect(await pull(undefined, env)).toBe(shown);
    expect(await filesOf()).toEqual([expect.stringMatching(/\.away$/)]);
    await rename(`${path}.away`, path);
  }
});

test("what others could have written is not used", async () => {
  const path = await plant();
  const elsewhere = join(command.directory, "elsewhere");
  const dangers: Readonly<Record<string, () => Promise<unknown>>> = {
    "a file that the group may write to": () => chmod(path, 0o620),
    "a folder that everybody may write to": () => chmod(folder, 0o702),
    "a link to a file": async () => {
      await copyFile(path, elsewhere);
      await rm(path);
      await symlink(elsewhere, path);
    },
    "a link to a folder": async () => {
      await rename(folder, `${folder}.away`);
      await symlink(`${folder}.away`, folder);
    },
    ...(process.geteuid?.() === 0 && {
      "a file of another user": async () => execFileSync("chown", ["65533", path]),
      "a folder of another user": async () => execFileSync("chown", ["65533", folder]),
    }),
  };
  for (const [danger, arrange] of Object.entries(dangers)) {
    await rm(join(command.directory, "caches"), { recursive: true });
    await plant();
    await arrange();
    expect({ danger, printed: await pull() }).toEqual({ danger, printed: shown });
  }
});

test("a damaged file is not used, and made anew", async () => {
  await pull();
  const [file = ""] = await filesOf();
  const path = join(folder, file);
  const whole = await readFile(path);
  for (const damage of [
    (bytes: Buffer) => bytes.fill(0xff, 20_000, 20_064),
    (bytes: Buffer) => bytes.fill(0),
    (bytes: Buffer) => bytes.subarray(0, 50_001),
    () => Buffer.alloc(0),
  ]) {
    await writeFile(path, damage(Buffer.from(whole)));
    expect(await pull()).toBe(shown);
    expect((await readFile(path)).length).toBeGreaterThan(100_000);
  }
});

test("where nothing can be kept, everything works", async () => {
  await writeFile(join(command.directory, "caches"), "a file in the way");
  expect(await pull()).toBe(shown);
});

test("no more than eight files are kept, and what others put there stays", async () => {
  await mkdir(join(folder, "mine"), { recursive: true, mode: 0o700 });
  for (let i = 0; i < 12; i++) await writeFile(join(folder, `${"0".repeat(32)}-v${i}`), "");
  await pull();
  const files = await filesOf();
  expect(files).toHaveLength(9);
  expect(files).toContain("mine");
  expect(files.some((name) => name.includes(process.arch))).toBe(true);
});

test("a disk that refuses the file is no failure of the pull, and keeps nothing half-made", async () => {
  const through = ["sh", "-c", 'ulimit -f 50; "$@"', "sh"];
  const pulled = await command.run(["pull", pushed.manifestDigest], { env: caches(), through });
  expect(pulled).toMatchObject({ code: 0, stdout: shown, stderr: "" });
  expect(await filesOf()).toEqual([]);
});

/** Puts the code of another program of the same length in the place of what is kept: V8 asks for no more. Returns its path. */
async function plant(): Promise<string> {
  await pull();
  const [file = ""] = await filesOf();
  const path = join(folder, file);
  const code = `
    const { readFileSync, writeFileSync } = require("node:fs");
    const wrapped = (text) => "(function (exports, require, module) { " + text + "\\n})";
    const { length } = wrapped(readFileSync(process.argv[1], "latin1"));
    const text = wrapped("exports.main = () => { require('node:fs').writeSync(1, '${planted}'); return 0; };").padEnd(length);
    const script = new (require("node:vm").Script)(text);
    const planted = {};
    script.runInThisContext()(planted, require);
    planted.main();
    const bytes = script.createCachedData();
    writeFileSync(process.argv[2], Buffer.concat([bytes, bytes]));
  `;
  execFileSync(testedNode, ["-e", code, projectPath("dist/cli/program.cjs"), path]);
  return path;
}

/** What a pull prints, which must succeed. */
async function pull(
  args: readonly string[] = [pushed.manifestDigest],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout } = await command.run(["pull", ...args], { env: { ...caches(), ...env } });
  expect({ args, code }).toEqual({ args, code: 0 });
  return stdout;
}

function caches(): Readonly<Record<string, string>> {
  return { XDG_CACHE_HOME: join(command.directory, "caches") };
}

async function filesOf(): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
