import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError } from "./support/command.ts";

let registry: Registry;
let pushed: PushedComponent;
let command: Command;

beforeAll(async () => {
  registry = await startRegistry();
  pushed = pushComponent(registry, { repository: "example/files", tag: "1.0", wasm: smallComponent });
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

describe("in place of a file", () => {
  test("a folder is refused", async () => {
    await mkdir(join(command.directory, "folder.wasm"));
    for (const reference of ["./folder.wasm", "folder.wasm", `file://${command.directory}`, "."]) {
      expect(await failureOf(["pull", reference])).toEqual(
        failed(2, "INVALID_INPUT", "is a folder, expected a file"),
      );
    }
  });

  test("a FIFO is refused, and not waited for", async () => {
    await promisify(execFile)("mkfifo", [join(command.directory, "fifo.wasm")]);
    expect(await failureOf(["pull", "./fifo.wasm"])).toEqual(
      failed(2, "INVALID_INPUT", "is no regular file, expected a file"),
    );
  });

  test("what lies below a file is not there", async () => {
    await writeFile(join(command.directory, "file.wasm"), "");
    expect(await failureOf(["pull", "./file.wasm/x.wasm"])).toEqual(failed(3, "NOT_FOUND", "is not there"));
  });

  test("a file that the system cannot read is an error of this machine", async () => {
    expect(await failureOf(["pull", "/proc/self/mem"])).toEqual(
      failed(10, "IO", "file `/proc/self/mem` cannot be read: EIO"),
    );
  });
});

describe("a cache that cannot be written", () => {
  test.each([
    ["a file", (dir: string) => join(dir, "file")],
    ["below a file", (dir: string) => join(dir, "file", "cache")],
    ["in /proc", () => "/proc/greentic-dist"],
  ])("because it is %s, fails a pull with 10 and its name", async (_what, pathIn) => {
    await writeFile(join(command.directory, "file"), "mine");
    const root = pathIn(command.directory);
    const args = ["--cache-dir", root, "pull", pushed.reference, "--progress", "none"];
    expect(await failureOf(args)).toEqual(failed(10, "IO", `cannot use the cache in ${root}`));
    expect((await command.run(args)).stderr).toMatch(/\nhint: .*--cache-dir.*\n$/);
    expect(await readFile(join(command.directory, "file"), "utf8")).toBe("mine");
  });

  test("does not keep resolve from answering, which says so", async () => {
    await writeFile(join(command.directory, "file"), "mine");
    const args = ["--cache-dir", join(command.directory, "file"), "resolve", pushed.reference];
    const { code, stdout, stderr } = await command.run(args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${pushed.manifestDigest}\n` });
    expect(stderr).toMatch(/^(warning: cannot use the cache in .+\n)+$/);
  });

  test("with --verbose says what the system said", async () => {
    const { code, stderr } = await command.run([
      "--cache-dir",
      "/proc/x",
      "pull",
      pushed.reference,
      "--verbose",
    ]);
    expect(code).toBe(10);
    expect(stderr).toMatch(/\ncaused by: .*ENOENT/);
  });
});

test("a cache that was emptied or deleted is filled again", async () => {
  await command.run(["pull", pushed.reference]);
  await rm(join(command.cache, ".store"), { recursive: true });
  expect((await command.run(["pull", pushed.reference])).stdout).toBe(
    `${command.componentOf(pushed.manifestDigest)}\n`,
  );
  await rm(command.cache, { recursive: true });
  expect((await command.run(["pull", pushed.reference])).stdout).toBe(
    `${command.componentOf(pushed.manifestDigest)}\n`,
  );
});

/** How a command failed. */
interface Failure {
  readonly exit: number | null;
  readonly code: string;
  readonly stderr: string;
}

/** Runs what is to fail, as text and as JSON. */
async function failureOf(args: readonly string[]): Promise<Failure> {
  const asText = await command.run(args);
  const asJson = await command.run([...args, "--json"]);
  const error = parseError(asJson.stderr);
  expect(Object.keys(error)).toEqual(["code", "message", "hint", "details"]);
  expect(asText.stderr).toMatch(/^(warning: .+\n)*error: .+\n(hint: .+\n)?$/);
  expect([asText.stdout, asJson.stdout, asJson.code]).toEqual(["", "", asText.code]);
  return { exit: asText.code, code: error.code, stderr: asText.stderr };
}

/** What {@link failureOf} is to say. */
function failed(exit: number, code: string, message: string): unknown {
  return { exit, code, stderr: expect.stringContaining(message) as unknown };
}
