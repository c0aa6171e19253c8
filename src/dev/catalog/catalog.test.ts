import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { chmod, mkdir, realpath, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { asNobody } from "../../../test/support/as-nobody.ts";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { rejectionOf } from "../../../test/support/thrown.ts";
import { openCatalog, type Catalog } from "./catalog.ts";
import type { ServedArtifact } from "./scan.ts";
import type { CatalogChange } from "./watch-catalog.ts";

const sha256 = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

async function put(root: string, path: string, text = path): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const names = (artifacts: readonly ServedArtifact[]): readonly string[] =>
  artifacts.map(({ kind, id, version }) => `${kind} ${id} ${version}`);

async function found(catalog: Catalog, id: string, version?: string): Promise<ServedArtifact> {
  const artifact = await catalog.find("component", id, version);
  if (artifact === undefined) throw new Error(`${id} is not there`);
  return artifact;
}

test("lists what lies in both layouts, and finds the highest version of it", async () => {
  await using dir = await tempDir();
  await put(dir.path, "components/hello-1.2.0.wasm");
  await put(dir.path, "components/hello-1.10.0.wasm");
  await put(dir.path, "components/hello-2.0.0-rc.1.wasm");
  await put(dir.path, "components/hello/1.9.0/component.wasm");
  await put(dir.path, "components/odd/nightly/component.wasm");
  await put(dir.path, "packs/hello-0.1.0.gtpack");
  await put(dir.path, "packs/other/1.0.0/pack.gtpack");
  await put(dir.path, "packs/other/1.0.0/README.md");
  using catalog = await openCatalog({ root: dir.path });
  expect(names(await catalog.list())).toEqual([
    "component hello 1.10.0",
    "component hello 1.9.0",
    "component hello 1.2.0",
    "component hello 2.0.0-rc.1",
    "component odd nightly",
    "pack hello 0.1.0",
    "pack other 1.0.0",
  ]);
  for (const version of [undefined, "latest", "1.10.0"]) {
    const artifact = await found(catalog, "hello", version);
    expect(artifact).toMatchObject({ version: "1.10.0", sizeBytes: 28 });
  }
  expect(await catalog.find("pack", "hello", "1.10.0")).toBeUndefined();
  expect(await catalog.find("component", "hell", undefined)).toBeUndefined();
});

test("sees a file as soon as it is there, and does not find it when it is gone", async () => {
  await using dir = await tempDir();
  using catalog = await openCatalog({ root: dir.path });
  expect(await catalog.list()).toEqual([]);
  await put(dir.path, "components/a-1.0.0.wasm");
  const artifact = await found(catalog, "a");
  await rm(artifact.path);
  expect(await catalog.find("component", "a", undefined)).toBeUndefined();
  expect(await rejectionOf(catalog.digestOf(artifact))).toMatchObject({ code: "NOT_FOUND" });
});

test("knows a digest once it was asked for, until the file changes, and finds files by it", async () => {
  await using dir = await tempDir();
  await put(dir.path, "components/a-1.0.0.wasm", "one");
  await put(dir.path, "packs/a-1.0.0.gtpack", "two");
  using catalog = await openCatalog({ root: dir.path });
  expect(catalog.knownDigestOf(await found(catalog, "a"))).toBeUndefined();
  expect(await catalog.digestOf(await found(catalog, "a"))).toBe(sha256("one"));
  expect(catalog.knownDigestOf(await found(catalog, "a"))).toBe(sha256("one"));
  const two = await catalog.digestOf((await catalog.find("pack", "a", "1.0.0"))!);
  expect(await catalog.findDigest(two)).toMatchObject({ kind: "pack" });
  expect(await catalog.findDigest(two, [await found(catalog, "a")])).toBeUndefined();

  await put(dir.path, "components/a-1.0.0.wasm", "three");
  expect(catalog.knownDigestOf(await found(catalog, "a"))).toBeUndefined();
  expect(await catalog.digestOf(await found(catalog, "a"))).toBe(sha256("three"));
});

test("streams a file, or a part of it, and says so when it becomes shorter", async () => {
  await using dir = await tempDir();
  const text = "0123456789".repeat(100_000);
  await put(dir.path, "components/a-1.0.0.wasm", text);
  using catalog = await openCatalog({ root: dir.path });
  const artifact = await found(catalog, "a");
  const read = async (start?: number, end?: number): Promise<string> =>
    new Response((await catalog.open(artifact)).stream(start, end)).text();
  expect((await read()) === text).toBe(true);
  expect(await read(999_995)).toBe("56789");
  expect(await read(3, 7)).toBe("3456");
  expect(await read(5, 5)).toBe("");

  const file = await catalog.open(artifact);
  await truncate(artifact.path, 10);
  await expect(new Response(file.stream()).text()).rejects.toThrow("became shorter");

  const reader = (await catalog.open(artifact)).stream().getReader();
  await reader.cancel();
  await using unread = await catalog.open(artifact);
  expect(unread.artifact.sizeBytes).toBe(10);
});

test("serves nothing from outside, and says of what it does not serve", async () => {
  await using dir = await tempDir();
  await using outside = await tempDir();
  await put(outside.path, "secret.wasm");
  await put(outside.path, "1.0.0/component.wasm");
  await put(outside.path, "stolen-1.0.0.gtpack");
  await put(dir.path, "elsewhere/inner.wasm", "inner");
  await put(dir.path, "components/nameless.wasm");
  await put(dir.path, "components/.hidden-1.0.0.wasm");
  await mkdir(join(dir.path, "components/folder-1.0.0.wasm"));
  await symlink(join(outside.path, "secret.wasm"), join(dir.path, "components/file-1.0.0.wasm"));
  await symlink(outside.path, join(dir.path, "components/folder"));
  await symlink(outside.path, join(dir.path, "packs"));
  await symlink(join(dir.path, "elsewhere/inner.wasm"), join(dir.path, "components/inside-1.0.0.wasm"));
  const warnings: string[] = [];
  using catalog = await openCatalog({ root: dir.path, onWarning: (message) => warnings.push(message) });
  expect(names(await catalog.list())).toEqual(["component inside 1.0.0"]);
  expect(await catalog.digestOf(await found(catalog, "inside"))).toBe(sha256("inner"));
  expect(warnings.toSorted()).toEqual([
    expect.stringContaining("components/file-1.0.0.wasm` is not served: it is a link that leads out"),
    expect.stringContaining("components/folder` is not served: it is a link that leads out"),
    expect.stringContaining("components/nameless.wasm` is not served: expected <id>-<version>.wasm"),
    expect.stringContaining("packs` is not served: it is a link that leads out"),
  ]);

  const artifact = await found(catalog, "inside");
  await rm(artifact.path);
  await symlink(join(outside.path, "secret.wasm"), artifact.path);
  expect(await rejectionOf(catalog.open(artifact))).toMatchObject({ code: "NOT_FOUND" });
});

test("tells what was added, changed and removed, in folders that come and go", async () => {
  await using dir = await tempDir();
  await put(dir.path, "components/old-1.0.0.wasm");
  using catalog = await openCatalog({ root: dir.path, debounceMs: 5 });
  const changes: CatalogChange[] = [];
  const heard = new EventEmitter();
  const stop = catalog.onChange((change) => {
    changes.push(change);
    heard.emit("change");
  });
  const until = async (kind: "added" | "changed" | "removed", name: string): Promise<void> => {
    while (!changes.some((change) => names(change[kind]).includes(name))) await once(heard, "change");
    changes.length = 0;
  };
  await put(dir.path, "packs/new-1.0.0.gtpack");
  await until("added", "pack new 1.0.0");
  await put(dir.path, "packs/deep/1.0.0/pack.gtpack");
  await until("added", "pack deep 1.0.0");
  await put(dir.path, "packs/deep/1.0.0/pack.gtpack", "changed");
  await until("changed", "pack deep 1.0.0");
  await rm(join(dir.path, "packs/deep"), { recursive: true });
  await until("removed", "pack deep 1.0.0");
  await put(dir.path, "packs/deep/1.0.0/pack.gtpack");
  await until("added", "pack deep 1.0.0");
  await rename(join(dir.path, "packs/new-1.0.0.gtpack"), join(dir.path, "packs/new-1.1.0.gtpack"));
  await until("added", "pack new 1.1.0");
  await rm(join(dir.path, "components"), { recursive: true });
  await until("removed", "component old 1.0.0");
  await writeFile(join(dir.path, "distributor.json"), "{}");
  while (!changes.some(({ settings }) => settings)) await once(heard, "change");
  stop();
  expect(names(await catalog.list())).toEqual(["pack deep 1.0.0", "pack new 1.1.0"]);
});

test("finds digests past a file that it cannot read", async () => {
  await using dir = await tempDir();
  await put(dir.path, "components/a-1.0.0.wasm", "one");
  await put(dir.path, "components/b-1.0.0.wasm", "two");
  using catalog = await openCatalog({ root: dir.path });
  const among = await catalog.list();
  await rm(among[0]!.path);
  const digest = await catalog.digestOf(among[1]!);
  using fresh = await openCatalog({ root: dir.path });
  expect(await fresh.findDigest(digest, among)).toMatchObject({ id: "b" });
});

test("a root that is not there, and a folder outside, are refused", async () => {
  await using dir = await tempDir();
  const root = join(dir.path, "missing");
  expect(await rejectionOf(openCatalog({ root }))).toMatchObject({
    code: "NOT_FOUND",
    details: { path: root },
  });
  for (const packsDir of ["..", "/etc", "a/../../b"]) {
    expect(await rejectionOf(openCatalog({ root: dir.path, packsDir }))).toMatchObject({
      code: "INVALID_INPUT",
    });
  }
});

const settings = {
  packs: {
    hello: {
      latest: "1.0.0",
      components: ["part"],
      secret_requirements: [
        { key: "acme/API_KEY", format: "text" },
        { key: "b", required: false },
      ],
    },
  },
  components: { part: { secret_requirements: [] } },
};

test("distributor.json says what latest means, what belongs to a pack, and which secrets it needs", async () => {
  await using dir = await tempDir();
  await put(dir.path, "packs/hello-1.0.0.gtpack");
  await put(dir.path, "packs/hello-2.0.0.gtpack");
  await put(dir.path, "distributor.json", JSON.stringify(settings));
  using catalog = await openCatalog({ root: dir.path });
  expect(await catalog.find("pack", "hello", "latest")).toMatchObject({ version: "1.0.0" });
  expect(await catalog.find("pack", "hello", "2.0.0")).toMatchObject({ version: "2.0.0" });
  expect(await catalog.settingsOf("pack", "hello")).toEqual({
    latest: "1.0.0",
    components: ["part"],
    secretRequirements: [
      { key: "acme/API_KEY", required: true, format: "text", examples: [] },
      { key: "b", required: false, examples: [] },
    ],
  });
  expect((await catalog.settingsOf("component", "part")).secretRequirements).toEqual([]);
  expect((await catalog.settingsOf("component", "other")).secretRequirements).toBeUndefined();
});

test.each([
  ["", "it is no valid JSON (line 1)"],
  ['{"packs":{},\n"packs":{}}', "line 2"],
  ["[]", "expected an object"],
  ['{"packs":[{}]}', "packs: expected an object"],
  ['{"components":{"a":[]}}', "components.a: expected an object"],
  ['{"pack":{}}', "pack: "],
  ['{"packs":{"a b":{}}}', "packs.a b: expected ASCII letters"],
  ['{"packs":{"a":{"latest":1}}}', "packs.a.latest: "],
  ['{"packs":{"a":{"latest":"../1"}}}', "packs.a.latest: expected a version"],
  ['{"packs":{"a":{"components":["../x"]}}}', "packs.a.components.0: "],
  ['{"components":{"a":{"components":[]}}}', "components.a.components: "],
  ['{"packs":{"a":{"secret_requirements":{}}}}', "packs.a.secret_requirements: "],
  ['{"packs":{"a":{"secret_requirements":[{"key":"/x"}]}}}', "packs.a.secret_requirements: 0.key: "],
  ['{"packs":{"a":{"secret_requirements":[{"key":"x","format":"xml"}]}}}', "secret_requirements: 0.format: "],
  [`{"$schema":"${"x".repeat(4 * 1024 * 1024)}"}`, "it is larger than 4194304 bytes"],
])("refuses distributor.json that says %.70s, and names the field", async (text, reason) => {
  await using dir = await tempDir();
  await put(dir.path, "distributor.json", text);
  const error = await rejectionOf(openCatalog({ root: dir.path }));
  expect(error).toMatchObject({
    code: "INVALID_CONFIG",
    message: expect.stringContaining(`distributor.json\` cannot be used: `) as string,
    details: { path: join(await realpath(dir.path), "distributor.json") },
  });
  expect(error.message).toContain(reason);
});

test("a distributor.json that breaks while it is served is told once, and what it said still holds", async () => {
  await using dir = await tempDir();
  await using outside = await tempDir();
  await put(dir.path, "distributor.json", JSON.stringify(settings));
  const warnings: string[] = [];
  using catalog = await openCatalog({ root: dir.path, onWarning: (message) => warnings.push(message) });
  await put(dir.path, "distributor.json", "{");
  for (const turn of [1, 2]) {
    expect((await catalog.settingsOf("pack", "hello")).latest, `turn ${turn}`).toBe("1.0.0");
  }
  expect(warnings).toEqual([
    expect.stringContaining("it is no valid JSON (line 1); what it said before still holds"),
  ]);
  await put(dir.path, "distributor.json", "{}");
  expect((await catalog.settingsOf("pack", "hello")).latest).toBeUndefined();

  await put(outside.path, "distributor.json", JSON.stringify(settings));
  await rm(join(dir.path, "distributor.json"));
  await symlink(join(outside.path, "distributor.json"), join(dir.path, "distributor.json"));
  expect((await catalog.settingsOf("pack", "hello")).latest).toBeUndefined();
  expect(warnings[1]).toContain("it is no file of this folder");
});

test("names of files are safe to print in a warning", async () => {
  await using dir = await tempDir();
  await put(dir.path, "components/\u001b[31m.wasm");
  const warnings: string[] = [];
  using catalog = await openCatalog({ root: dir.path, onWarning: (message) => warnings.push(message) });
  expect(await catalog.list()).toEqual([]);
  expect(warnings).toEqual([
    expect.stringContaining("/components/\\u{1b}[31m.wasm` is not served: expected"),
  ]);
});

test("a folder that may not be looked into is told, and all else is served", async () => {
  await using dir = await tempDir();
  for (const id of ["closed", "open", "half"]) await put(dir.path, `components/${id}/1.0.0/component.wasm`);
  await put(dir.path, "components/half/2.0.0/component.wasm");
  await chmod(dir.path, 0o755);
  for (const closed of ["closed", "half/2.0.0"]) await chmod(join(dir.path, "components", closed), 0);
  const warnings: string[] = [];
  await asNobody(async () => {
    using catalog = await openCatalog({ root: dir.path, onWarning: (message) => warnings.push(message) });
    expect(names(await catalog.list())).toEqual(["component half 1.0.0", "component open 1.0.0"]);
  });
  expect(warnings).toEqual([
    expect.stringContaining("components/closed` is not served: this user may not look into it"),
    expect.stringContaining("components/half/2.0.0` is not served: this user may not look into it"),
  ]);
});
