import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { DevDistributorSource } from "../index.ts";
import { tempDir } from "../../test/support/temp-dir.ts";

const [pack, component] = [Buffer.from("a pack"), Buffer.from("a component")];

async function put(root: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

/** Ids and versions that could lead somewhere else, on some system. */
const hostile = [
  "",
  ".",
  "..",
  "...",
  "../x",
  "x/../../y",
  "/etc/passwd",
  "//host/share",
  "x/y",
  "x/",
  "./x",
  "~",
  "~/x",

  "x\\y",
  "..\\x",
  "\\\\host\\share",
  "\\\\?\\C:\\x",
  "\\\\.\\pipe\\x",
  "C:",
  "C:x",
  "C:\\x",
  "c:/x",
  "x:y",

  "x\0",
  "\0",
  "x\0.wasm",
  "x\n",
  "x\r",
  "x\t",
  "x y",
  " x",
  "x ",
  "x.",
  "x..",
  "x.. .",
  "x::$DATA",

  "%2e%2e",
  "%2e%2e%2fx",
  "..%2fx",
  "%00",
  "..%c0%af",
  "\u2024\u2024",
  "\uff0e\uff0e/",
  "\u202ex",
  "ü",
  "e\u0301",

  "con",
  "CON",
  "nul",
  "NUL.txt",
  "prn",
  "aux",
  "aux.wasm",
  "com1",
  "COM9.x",
  "lpt1",
  "LPT9",
  "com0",

  "-x",
  "--help",
  ".hidden",
  "*",
  "?",
  "x?",
  "x|y",
  "x>y",
  '"x"',
  "$HOME",
  "`x`",
  "x;y",
  "x&y",
  "x'y",
  "{x}",

  "a".repeat(121),
  "a".repeat(70_000),
];

describe.each(["flat", "byIdAndVersion"] as const)("a folder laid out %s", (layout) => {
  test.each(hostile)("refuses %.40j as an id or a version, and opens nothing", async (name) => {
    await using dir = await tempDir();
    const source = new DevDistributorSource({ rootDir: join(dir.path, "root"), layout });
    for (const call of [
      () => source.fetchPack(name, "1.0.0"),
      () => source.fetchComponent(name, "1.0.0"),
      () => source.fetchPack("x", name),
      () => source.fetchComponent("x", name),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
  });

  test("hands out nothing that a link leads out to", async () => {
    await using dir = await tempDir();
    await using outside = await tempDir();
    const [packFile, partFile] =
      layout === "flat"
        ? ["packs/x-1.0.0.gtpack", "components/x-1.0.0.wasm"]
        : ["packs/x/1.0.0/pack.gtpack", "components/x/1.0.0/component.wasm"];
    await put(outside.path, packFile.slice("packs/".length), pack);
    await put(outside.path, "secret", component);
    await symlink(outside.path, join(dir.path, "packs"));
    await mkdir(join(dir.path, dirname(partFile)), { recursive: true });
    await symlink(join(outside.path, "secret"), join(dir.path, partFile));
    const source = new DevDistributorSource({ rootDir: dir.path, layout });
    await expect(source.fetchPack("x", "1.0.0")).rejects.toMatchObject({ kind: "not_found" });
    await expect(source.fetchComponent("x", "1.0.0")).rejects.toMatchObject({ kind: "not_found" });

    const linked = await tempDir();
    await using _ = linked;
    await symlink(dir.path, join(linked.path, "root"));
    await put(dir.path, "elsewhere", component);
    await put(dir.path, `other/${packFile.slice("packs/".length)}`, pack);
    const inside = new DevDistributorSource({
      rootDir: join(linked.path, "root"),
      packsDir: "other",
      layout,
    });
    expect(Buffer.from(await inside.fetchPack("x", "1.0.0"))).toEqual(pack);
  });
});

test("takes folders as they are named, and files up to a size", async () => {
  await using dir = await tempDir();
  await put(dir.path, "p/x-1.0.0.gtpack", pack);
  await put(dir.path, "c/x-1.0.0+b.wasm", component);
  await mkdir(join(dir.path, "c/folder-1.0.0.wasm"));
  const places = { rootDir: dir.path, packsDir: "p", componentsDir: "c" };
  const source = new DevDistributorSource(places);
  expect(Buffer.from(await source.fetchPack("x", "1.0.0"))).toEqual(pack);
  expect(Buffer.from(await source.fetchComponent("x", "1.0.0+b"))).toEqual(component);
  await expect(source.fetchComponent("folder", "1.0.0")).rejects.toMatchObject({ kind: "not_found" });
  const small = new DevDistributorSource({ ...places, maxArtifactBytes: 5 });
  await expect(small.fetchPack("x", "1.0.0")).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
});

test("a folder that is not there has nothing", async () => {
  await using dir = await tempDir();
  const source = new DevDistributorSource({ rootDir: join(dir.path, "missing") });
  await expect(source.fetchPack("x", "1.0.0")).rejects.toMatchObject({
    kind: "not_found",
    code: "NOT_FOUND",
    message: `resource not found: pack x 1.0.0, looked for at \`${dir.path}/missing/packs/x-1.0.0.gtpack\``,
  });
});
