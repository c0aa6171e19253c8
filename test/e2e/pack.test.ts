import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { pushLayers, type PushedLayers } from "../support/push-layers.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

const mediaType = "application/vnd.greentic.gtpack.v1+zip";
const zip = "PK\u0003\u0004 and so on";

let registry: Registry;
let command: Command;
let pushed: PushedLayers;

beforeAll(async () => {
  registry = await startRegistry();
  command = await createCommand();
  pushed = pushLayers(
    registry,
    "greentic/tools",
    [zip, mediaType, "tools.gtpack"],
    ["# Read me", "text/markdown", "README.md"],
  );
});
afterAll(async () => {
  await command[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const packIn = (root: string): string => join(root, hexOf(pushed.manifestDigest), "pack.gtpack");

test("a pack is put into the pack cache, and its path printed", async () => {
  const root = join(command.directory, "packs");
  const env = { GREENTIC_PACK_CACHE_DIR: root };
  const { code, stdout, stderr } = await command.run(["pack", pushed.pinned, "--progress", "none"], { env });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${packIn(root)}\n`, stderr: "" });
  expect(await readFile(packIn(root), "utf8")).toBe(zip);
  expect((await command.run(["cache", "ls"])).stdout).toBe("");
  const offline = await command.run(["--offline", "pack", pushed.pinned], { env });
  expect(offline).toMatchObject({ code: 0, stdout: `${packIn(root)}\n` });
});

test("--cache-dir is the root of the pack cache, and --json says what the pack is", async () => {
  const root = join(command.directory, "elsewhere");
  const reference = `oci://${pushed.pinned}`;
  for (const fetched of [true, false]) {
    const { stdout, stderr } = await command.run(["pack", reference, "--cache-dir", root, "--json"]);
    expect(stdout).toBe(
      pretty({
        reference,
        digest: pushed.manifestDigest,
        media_type: mediaType,
        shape: "zip",
        cache_path: packIn(root),
        fetched,
      }),
    );
    expect(stderr).toBe("");
  }
});

test("a tag is refused with 2 and the option that allows it", async () => {
  const text = await command.run(["pack", pushed.tagged]);
  expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: "" });
  expect(text.stderr).toContain(`error: digest pin required for \`${pushed.tagged}\`\nhint: `);
  const json = await command.run(["pack", pushed.tagged, "--json"]);
  expect(json.code).toBe(2);
  expect(parseError(json.stderr)).toMatchObject({
    code: "TAG_REFUSED",
    hint: expect.stringContaining("--allow-tags"),
  });
  const root = join(command.directory, "tags");
  const allowed = await command.run(["pack", pushed.tagged, "--allow-tags", "--cache-dir", root]);
  expect(allowed).toMatchObject({ code: 0, stdout: `${packIn(root)}\n` });
});

test("pack without a reference, and offline without the pack, fail as every command does", async () => {
  const nothing = await command.run(["pack"]);
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining("pack requires a reference") });
  const root = join(command.directory, "empty");
  const offline = await command.run(["--offline", "--cache-dir", root, "pack", pushed.pinned]);
  expect(offline).toMatchObject({ code: 4, stdout: "" });
  const missing = pushed.pinned.replace(hexOf(pushed.manifestDigest), "0".repeat(64));
  expect((await command.run(["pack", missing, "--cache-dir", root])).code).toBe(3);
});
