import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesOf, pushComponent, type PushedComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type Command, createCommand, hashFile } from "./support/command.ts";

let registry: Registry;
let near: Command;
/** A machine without a network: all that it knows is what is carried to it. */
let far: Command;
let one: PushedComponent;
let two: PushedComponent;

beforeEach(async () => {
  registry = await startRegistry();
  near = await createCommand();
  far = await createCommand();
  one = pushComponent(registry, { repository: "acme/one", tag: "1.0", wasm: bytesOf(3000, "one") });
  two = pushComponent(registry, { repository: "acme/two", tag: "2.0", wasm: bytesOf(300_000, "two") });
});
afterEach(async () => {
  for (const open of [registry, near, far]) await open[Symbol.asyncDispose]();
});

/** Locks and saves both components; the path of the bundle. */
async function saveBoth(name = "bundle.tar"): Promise<string> {
  await near.run(["lock", "create", one.reference, two.reference, "-o", "pack.lock.json"]);
  const saved = await near.run(["save", "--lock", "pack.lock.json", "-o", name]);
  expect(saved).toMatchObject({ code: 0, stdout: `${listed(one)}\n${listed(two)}\n` });
  return join(near.directory, name);
}

function listed({ manifestDigest, reference }: PushedComponent): string {
  return `${manifestDigest} ${reference.replace("oci://", "")}`;
}

test.each(["bundle.tar", "bundle.tar.gz", "bundle/"])(
  "what was saved as %s is loaded and pulled by its lock where there is no network",
  async (name) => {
    const path = await saveBoth(name);
    registry.clearLog();
    const loaded = await far.run(["--offline", "load", path, "--lock-out", "pack.lock.json"]);
    const lines = [one, two].map((each) => `${each.manifestDigest} ${far.componentOf(each.manifestDigest)}`);
    expect({ ...loaded, stdout: loaded.stdout.trim().split("\n").toSorted() }).toMatchObject({
      code: 0,
      stdout: lines.toSorted(),
    });
    const pulled = await far.run(["--offline", "pull", "--lock", "pack.lock.json"]);
    expect(pulled).toMatchObject({ code: 0, stderr: "" });
    expect(await far.run(["--offline", "pull", one.reference])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`is served as ${one.manifestDigest}`),
    });
    expect(await hashFile(far.componentOf(two.manifestDigest))).toBe(two.contentDigest);
    expect(registry.requests).toEqual([]);
  },
);

test("the same bytes come out each time, in a file and on stdout, and go in on stdin", async () => {
  const bytes = await readFile(await saveBoth());
  await rm(near.cache, { recursive: true });
  const again = await readFile(await saveBoth("again.tar"));
  expect(again.equals(bytes)).toBe(true);
  const args = ["save", two.reference, "--lock", "pack.lock.json", "-o", "-"];
  const piped = await near.run([...args, "--json"], { through: ["sh", "-c", '"$@" > piped.tar', "sh"] });
  expect(piped).toMatchObject({ code: 0, stdout: "" });
  expect(JSON.parse(piped.stderr)).toMatchObject(
    [one, two].map(({ manifestDigest: digest }) => ({ digest })),
  );
  expect((await readFile(join(near.directory, "piped.tar"))).equals(bytes)).toBe(true);
  const loaded = await far.run(["--offline", "load", "-", "--json"], { input: bytes });
  expect(loaded.code).toBe(0);
  expect(JSON.parse(loaded.stdout)).toContainEqual({
    name: one.reference.replace("oci://", ""),
    digest: one.manifestDigest,
    cache_path: far.componentOf(one.manifestDigest),
  });
});

test("a reader of stdout that goes away ends the save", async () => {
  const args = ["save", two.reference, "-o", "-"];
  const cut = await near.run(args, { through: ["sh", "-c", '"$@" | head -c 1000 | wc -c', "sh"] });
  expect(cut).toMatchObject({ signal: null, stdout: "1000\n" });
  expect(cut.stderr).toContain("cannot write to stdout: EPIPE");
  const full = await near.run(args, { through: ["sh", "-c", '"$@" > /dev/full', "sh"] });
  expect(full).toMatchObject({ code: 10, stderr: expect.stringContaining("cannot write to stdout: ENOSPC") });
});

test("zstd is read and written where Node.js has it, and refused clearly elsewhere", async () => {
  const saved = await near.run(["save", two.reference, "--quiet", "-o", "bundle.tar.zst"]);
  const load = ["--offline", "load", join(near.directory, "bundle.tar.zst")];
  const loaded = saved.code === 0 ? await far.run(load) : saved;
  const isRefused = saved.stderr.includes("needs zstd, which Node.js 2");
  expect([loaded.code, isRefused]).toEqual(saved.code === 0 ? [0, false] : [2, true]);
});

test("gzip members and zstd frames that follow each other are one archive, and what is none of them is refused", async () => {
  const bundle = await readFile(await saveBoth());
  const parts = [bundle.subarray(0, 5000), bundle.subarray(5000, 5001), bundle.subarray(5001)];
  const pzstd = parts.flatMap((part) => [skippableFrame, zstdFrame(part)]);
  const archives = {
    "members.tar.gz": parts.map((part) => gzipSync(part)),
    "frames.tar.zst": [...pzstd, skippableFrame],
    "rest.tar.zst": [...pzstd, Buffer.from("something else")],
    "cut.tar.zst": [Buffer.concat(pzstd).subarray(0, -1)],
  };
  const ended: string[] = [];
  for (const [name, chunks] of Object.entries(archives)) {
    // By stdin, in more than one piece.
    const input = Buffer.concat(chunks);
    const { code, stderr } = await far.run(["--offline", "--quiet", "load", "-"], { input });
    // Bun leaves it to the reader of the archive to miss what was cut off.
    const said = stderr.replace("is no archive that can be used: it is cut off", "is no whole zstd file");
    ended.push(`${name} ${code} ${/needs zstd|is no whole zstd file/.exec(said)?.[0] ?? said}`);
  }
  const withoutZstd = ["frames", "rest", "cut"].map((name) => `${name}.tar.zst 2 needs zstd`);
  const withZstd = [
    "frames.tar.zst 0 ",
    ...["rest", "cut"].map((name) => `${name}.tar.zst 2 is no whole zstd file`),
  ];
  expect(["members.tar.gz 0 ", ...(ended.includes("frames.tar.zst 0 ") ? withZstd : withoutZstd)]).toEqual(
    ended,
  );
});

/** A frame that decoders pass over (RFC 8878, 3.1.2). */
const skippableFrame = Buffer.from("502a4d1804000000cafecafe", "hex");

/** Bytes as they are in a zstd frame of raw blocks (RFC 8878, 3.1.1), for not every Node.js that tests this makes one. */
function zstdFrame(bytes: Uint8Array): Buffer {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 100_000) {
    const block = bytes.subarray(at, at + 100_000);
    const isLast = at + block.length === bytes.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    blocks.push(header, block);
  }
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from("28b52ffda0", "hex"), size, ...blocks]);
}

test("a bundle with a wrong byte, or without its end, brings nothing", async () => {
  const bytes = await readFile(await saveBoth());
  const spoilt = Buffer.from(bytes);
  const at = spoilt.indexOf(bytesOf(3000, "one"));
  spoilt[at + 1000] = (spoilt[at + 1000] ?? 0) ^ 1;
  expect(at).toBeGreaterThan(0);
  expect(await far.run(["load", "-"], { input: spoilt })).toMatchObject({ code: 6, stdout: "" });
  const cut = await far.run(["load", "-"], { input: bytes.subarray(0, at) });
  expect(cut).toMatchObject({ code: 2, stdout: "" });
  expect(cut.stderr).toContain("error: `stdin` is no archive that can be used: it is cut off\n");
  expect(await far.run(["cache", "ls"])).toMatchObject({ code: 0, stdout: "" });
  expect(await far.run(["--offline", "pull", two.manifestDigest])).toMatchObject({ code: 3 });
});

test("what cannot be saved or loaded is said, with its exit code, and nothing is written", async () => {
  const lone = await saveBoth();
  await rm(lone);
  const before = await readdir(near.directory);
  await writeFile(join(far.directory, "no.tar"), "no archive");
  const runs: readonly (readonly [command: Command, code: number, ...args: string[]])[] = [
    [near, 2, "save", one.reference],
    [near, 2, "save", "-o", "b.tar"],
    [near, 2, "save", one.reference, "-o", "b.tar", "--compress", "lz4"],
    [near, 2, "save", one.reference, "-o", "not-there/b.tar"],
    [near, 2, "save", one.reference, "-o", "not-there/b/"],
    [near, 2, "save", one.reference, "-o", "/dev/stdout"],
    [near, 3, "save", `oci://${registry.host}/acme/none:1`, "-o", "b.tar"],
    [near, 3, "save", "--lock", "none.json", "-o", "b.tar"],
    [far, 4, "--offline", "save", one.reference, "-o", "b.tar"],
    [far, 2, "load"],
    [far, 2, "load", "no.tar"],
    [far, 3, "load", "none.tar"],
  ];
  for (const [command, code, ...args] of runs) {
    const { stderr, ...ended } = await command.run(args);
    expect({ args, ...ended }).toEqual({ args, code, signal: null, stdout: "" });
    expect(stderr).toMatch(/^error: /m);
  }
  expect(await readdir(near.directory)).toEqual(before);
  expect(await readdir(far.directory)).not.toContain("b.tar");
});

test("--lock-out of a bundle that has no lockfile brings nothing", async () => {
  await near.run(["save", one.reference, "-o", "bundle.tar"]);
  const input = await readFile(join(near.directory, "bundle.tar"));
  const loaded = await far.run(["load", "-", "--lock-out", "pack.lock.json"], { input });
  expect(loaded).toMatchObject({ code: 2, stderr: expect.stringContaining("no lockfile") });
  expect(await readdir(far.directory)).not.toContain("pack.lock.json");
  expect(await far.run(["cache", "ls"])).toMatchObject({ stdout: "" });
});
