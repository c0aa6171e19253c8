import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorTable, version } from "../core/index.ts";
import { run, type Terminal } from "./run.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const nowhere = `sha256:${"0".repeat(64)}`;
const exitCodes: ReadonlySet<number> = new Set(Object.values(errorTable).map(({ exitCode }) => exitCode));

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "run-"));
});
afterAll(() => rm(cache, { recursive: true }));

describe("what is written where", () => {
  test("an answer goes to stdout, an error to stderr", async () => {
    expect(await runWith(["--version"])).toEqual({ code: 0, out: `greentic-dist ${version}\n`, error: "" });
    const failed = await runWith(["pull", nowhere]);
    expect(failed).toMatchObject({ code: 3, out: "" });
    expect(failed.error).toMatch(/^error: .+\nhint: .+\n$/);
  });

  test("an empty answer is nothing as text, and a list as JSON", async () => {
    expect(await runWith(["cache", "ls"])).toEqual({ code: 0, out: "", error: "" });
    expect(await runWith(["cache", "ls", "--json"])).toEqual({ code: 0, out: "[]\n", error: "" });
  });

  test("an error is JSON as soon as --json stands anywhere before --", async () => {
    for (const args of [
      ["--json", "bogus"],
      ["bogus", "--json"],
      ["pull", "--bogus", "--json", "x"],
      ["--json"],
    ]) {
      const { code, out, error } = await runWith(args);
      expect({ code, out, keys: Object.keys((JSON.parse(error) as { error: object }).error) }).toEqual({
        code: 2,
        out: "",
        keys: ["code", "message", "hint", "details"],
      });
    }
    expect((await runWith(["pull", "--", "--json"])).error).toMatch(/^error: /);
  });
});

describe("colour", () => {
  test.each<[env: Record<string, string>, isTerminal: boolean, coloured: boolean]>([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, true, false],
  ])("with %j and a terminal: %s is %s", async (env, isTerminal, coloured) => {
    const { error } = await runWith(["pull", ""], { env, isTerminal: () => isTerminal });
    expect(error.includes("\u001b[")).toBe(coloured);
  });
});

test("a signal that came before the work began ends it with 130", async () => {
  const { code, error } = await runWith(["pull", nowhere], { signal: AbortSignal.abort() });
  expect({ code, error }).toEqual({ code: 130, error: "error: stopped before it was done\n" });
});

test("an error that nobody foresaw is called a defect, and its text is escaped", async () => {
  const { code, error } = await runWith(["--version"], {
    writeOut: () => {
      throw new TypeError("broken\u001b[0m");
    },
  });
  expect(code).toBe(10);
  expect(error).toBe(
    String.raw`error: internal error: broken\u{1b}[0m${"\n"}hint: this is a defect; please report it with what --verbose prints${"\n"}`,
  );
});

test("no command line whatever ends without a documented exit code and an error or an answer", async () => {
  const word = fc.oneof(
    fc.constantFrom(
      "pull",
      "resolve",
      "cache",
      "ls",
      "rm",
      "help",
      "--",
      "-",
      "--json",
      "--quiet",
      "--verbose",
      "-h",
    ),
    fc.constantFrom(
      "--offline",
      "--strict",
      "--progress",
      "json",
      "plain",
      "--platform",
      "a/b",
      "--help",
      "--version",
    ),
    fc.constantFrom(
      nowhere,
      "ghcr.io/a/b:1",
      "",
      "--insecure-registry",
      "--long",
      "--progress=none",
      "repo://x",
    ),
    fc.string({ maxLength: 12 }),
    fc.string({ maxLength: 12, unit: "binary" }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (args) => {
      const { code, out, error } = await runWith(args);
      expect(code === 0 || exitCodes.has(code)).toBe(true);
      // Nothing may come to an end that nobody foresaw.
      expect(error).not.toContain("internal error");
      expect(code === 0 ? true : out === "" && error !== "").toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

async function runWith(
  args: readonly string[],
  { env, ...terminal }: Partial<Terminal> = {},
): Promise<Outcome> {
  let out = "";
  let error = "";
  const code = await run({
    args,
    env: { GREENTIC_DIST_CACHE_DIR: cache, GREENTIC_DIST_OFFLINE: "1", ...env },
    writeOut: (text) => (out += text),
    writeError: (text) => (error += text),
    isTerminal: () => false,
    isOutTerminal: () => false,
    signal: new AbortController().signal,
    ...terminal,
  });
  return { code, out, error };
}
