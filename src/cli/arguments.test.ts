import { describe, expect, test } from "vitest";
import { isDistError } from "../core/index.ts";
import { checkOperands, parseArguments } from "./arguments.ts";
import { valueOf, valuesOf } from "./option-values.ts";

describe("the command", () => {
  test.each<[args: readonly string[], command: string | undefined, operands: readonly string[]]>([
    [["pull", "x"], "pull", ["x"]],
    [["cache", "ls"], "cache ls", []],
    [["cache", "rm", "a", "b"], "cache rm", ["a", "b"]],
    [["cache"], undefined, ["cache"]],
    [["help", "cache", "ls"], undefined, ["help", "cache", "ls"]],
    [["help"], undefined, ["help"]],
    [[], undefined, []],
    [["--json", "pull", "--offline", "x"], "pull", ["x"]],
    [["--cache-dir", "pull", "cache", "ls"], "cache ls", []],
    [["cache", "--json", "ls"], "cache ls", []],
    [["pull", "--", "--json"], "pull", ["--json"]],
    [["--", "pull", "x"], "pull", ["x"]],
    [["pull", "-"], "pull", ["-"]],
    [["pull", "a", "--", "b", "--", "c"], "pull", ["a", "b", "--", "c"]],
  ])("of %j is %s with %j", async (args, name, operands) => {
    const understood = await parseArguments(args);
    expect({ name: understood.command?.name, operands: understood.operands }).toEqual({ name, operands });
  });

  test.each([
    [["bogus"]],
    [["cache", "bogus"]],
    [["help", "bogus"]],
    [["help", "cache", "bogus"]],
    [["constructor"]],
  ])("of %j is unknown, and what there is is listed", async (args) => {
    expect(await messageOf(args)).toMatch(/^unknown command `.+`: expected .*cache ls/);
  });

  test("takes as many operands as it says", async () => {
    const { command, options } = await parseArguments(["resolve"]);
    const check = (...operands: readonly string[]) => checkOperands({ command: command!, operands, options });
    expect(() => check()).toThrow("resolve requires a reference");
    expect(() => check("a")).not.toThrow();
    expect(() => check("a", "b\u001b")).toThrow(String.raw`unexpected argument ${"`"}b\u{1b}${"`"}`);
  });

  test("may have none where an option takes their place", async () => {
    const { command, operands, options } = await parseArguments(["pull", "--lock", "x"]);
    expect(() => checkOperands({ command: command!, operands, options })).not.toThrow();
    expect(() => checkOperands({ command: command!, operands, options: new Map() })).toThrow(
      "pull requires either a reference or --lock",
    );
  });
});

describe("an option", () => {
  test("is the same before and after the command, with a space or an equals sign", async () => {
    for (const args of [
      ["--cache-dir", "d", "pull", "x"],
      ["pull", "x", "--cache-dir", "d"],
      ["pull", "--cache-dir=d", "x"],
    ]) {
      expect(valueOf((await parseArguments(args)).options, "cache-dir")).toBe("d");
    }
  });

  test("keeps the equals signs of its value", async () => {
    expect(valueOf((await parseArguments(["pull", "--cache-dir=a=b"])).options, "cache-dir")).toBe("a=b");
  });

  test("may begin with a dash when it is written with an equals sign", async () => {
    expect(valueOf((await parseArguments(["pull", "--cache-dir=-d"])).options, "cache-dir")).toBe("-d");
    expect(await messageOf(["pull", "--cache-dir", "-d"])).toBe(
      "--cache-dir requires a value: --cache-dir=DIR",
    );
  });

  test("may be a dash where that is stdin or stdout", async () => {
    expect(valueOf((await parseArguments(["save", "x", "-o", "-"])).options, "output")).toBe("-");
    expect(await messageOf(["save", "x", "--lock", "-"])).toBe("--lock takes FILE, not -");
    expect(await messageOf(["save", "x", "--lock=-"])).toBe("--lock takes FILE, not -");
  });

  test("joined with a short option has no equals sign before it", async () => {
    expect(valueOf((await parseArguments(["save", "x", "-ob.tar"])).options, "output")).toBe("b.tar");
    expect(await messageOf(["save", "x", "-o=b.tar"])).toBe(
      "-o takes its value without an equals sign: -o FILE or --output=FILE",
    );
    expect(valueOf((await parseArguments(["save", "x", "-o", "=b"])).options, "output")).toBe("=b");
  });

  test("that may be repeated keeps every value, in order", async () => {
    const { options } = await parseArguments([
      "pull",
      "--insecure-registry",
      "a",
      "--insecure-registry=b",
      "x",
    ]);
    expect(valuesOf(options, "insecure-registry")).toEqual(["a", "b"]);
    expect(valuesOf(options, "platform")).toEqual([]);
  });

  test("that is a switch may be given twice", async () => {
    expect((await parseArguments(["pull", "--json", "--json"])).options.has("json")).toBe(true);
  });

  test.each<[args: readonly string[], message: string]>([
    [["pull", "--platform", "a/b", "--platform", "a/b"], "--platform is given twice"],
    [["pull", "--platform"], "--platform requires a value: --platform OS/ARCH[/VARIANT]"],
    [["pull", "--platform="], "--platform requires a value: --platform OS/ARCH[/VARIANT]"],
    [["pull", "--json=true"], "--json takes no value"],
    [["cache", "ls", "--platform", "a/b"], "unknown option `--platform` of cache ls"],
    [["--long"], "unknown option `--long`"],
    [["pull", "--to", "x"], "unknown option `--to` of pull"],
    [["pull", "--no-json"], "unknown option `--no-json` of pull"],
    [["pull", "--JSON"], "unknown option `--JSON` of pull"],
    [["pull", "-jx"], "unknown option `-j` of pull"],
    [["pull", "--x\u001b[0m"], String.raw`unknown option ${"`"}--x\u{1b}[0m${"`"} of pull`],
  ])("is refused in %j", async (args, message) => {
    expect(await messageOf(args)).toBe(message);
  });
});

async function messageOf(args: readonly string[]): Promise<string> {
  try {
    await parseArguments(args);
  } catch (error) {
    if (isDistError(error, "INVALID_INPUT")) return error.message;
    throw error;
  }
  return "";
}
