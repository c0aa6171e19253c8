import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TempDir, tempDir } from "../../../test/support/temp-dir.ts";
import { run } from "../run.ts";

const execute = promisify(execFile);

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir[Symbol.asyncDispose]());

describe.each(["bash", "zsh", "fish"])("the script for %s", (shell) => {
  const isThere = ["/bin", "/usr/bin", "/usr/local/bin"].some((folder) => existsSync(join(folder, shell)));

  test.runIf(isThere)("is accepted by it", async () => {
    expect(await execute(shell, ["-n", await scriptOf(shell)])).toEqual({ stdout: "", stderr: "" });
  });

  test("names every command and the options of each", async () => {
    const { out } = await runWith(["completion", shell]);
    for (const word of ["resolve", "pull", "inspect", "verify", "completion", "long", "dry-run", "cache-dir"])
      expect(out).toMatch(new RegExp(String.raw`\b${word}\b`));
  });
});

test.each<[typed: readonly string[], offered: readonly string[]]>([
  [["c"], ["copy", "cache", "config", "completion"]],
  [
    ["cache", ""],
    ["ls", "rm", "gc", "pin", "unpin", "verify", "path", "info"],
  ],
  [["cache", "v"], ["verify"]],
  [["help", "cache", "g"], ["gc"]],
  [["help", "ins"], ["inspect"]],
  [["cache", "gc", "--d"], ["--dry-run"]],
  [["cache", "rm", "sha256:1", "--j"], ["--json"]],
  [["--cache-dir", "pull", "cache", "l"], ["ls"]],
  [
    ["--json", "inspect", "x", "--s"],
    ["--show-media-type", "--strict"],
  ],
  [
    ["pull", "--progress", ""],
    ["auto", "plain", "json", "none"],
  ],
  [["pull", "--cache-dir", ""], []],
  [["completion", "z"], ["zsh"]],
])("bash completes %j with %j", async (typed, offered) => {
  expect(await completionsOf(typed)).toEqual(offered);
});

test("a shell that is not known is refused", async () => {
  const { code, error } = await runWith(["completion", "tc\u001bsh"]);
  expect(code).toBe(2);
  expect(error).toContain(String.raw`unknown shell ${"`"}tc\u{1b}sh${"`"}: expected bash, zsh, fish`);
});

/** What bash would offer for the last of these words. */
async function completionsOf(typed: readonly string[]): Promise<readonly string[]> {
  const words = ["greentic-dist", ...typed].map((word) => `'${word}'`).join(" ");
  const program = [
    'source "$1"',
    `COMP_WORDS=(${words}) COMP_CWORD=${typed.length}`,
    "_greentic_dist",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const { stdout } = await execute("bash", ["-c", program.join("\n"), "bash", await scriptOf("bash")]);
  return stdout.split("\n").filter((line) => line !== "");
}

async function scriptOf(shell: string): Promise<string> {
  const path = join(dir.path, `${shell}.txt`);
  await writeFile(path, (await runWith(["completion", shell])).out);
  return path;
}

async function runWith(args: readonly string[]) {
  let out = "";
  let error = "";
  const code = await run({
    args,
    env: {},
    writeOut: (text) => (out += text),
    writeError: (text) => (error += text),
    isTerminal: () => false,
    isOutTerminal: () => false,
    signal: new AbortController().signal,
  });
  return { code, out, error };
}
