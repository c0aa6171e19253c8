import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { runCli, type RunResult } from "../support/cli.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo } from "../support/skopeo.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { parseError } from "./support/command.ts";

const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

let docker: RunningServer;
let there: string;
let here: Registry;
let dir: TempDir;
let count = 0;
/** What the registry answers in place of what it would. */
let fault: (url: string) => Response | undefined;
/** A prefix in the other registry that no other test uses. */
let prefix: string;

beforeAll(async () => {
  docker = await startDockerRegistry();
  there = new URL(docker.url).host;
});
afterAll(async () => docker[Symbol.asyncDispose]());
beforeEach(async () => {
  fault = () => undefined;
  here = await startRegistry({
    wrap: (handler) => async (request) => fault(request.url) ?? handler(request),
  });
  dir = await tempDir();
  count += 1;
  prefix = `${there}/at-${count}`;
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** An index of two components; one of them is signed, and so is the index. */
function pushSigned() {
  const two = ["wasip1", "wasip2"].map((os) => {
    const { descriptor } = pushComponent(here, { repository: "acme/two", wasm: bytesOf(300_000, os) });
    return Object.assign(descriptor, { platform: { os, architecture: "wasm" } });
  });
  const index = { schemaVersion: 2, mediaType: indexType, manifests: two };
  const root = here.pushManifest("acme/two", "1.0", index, indexType);
  const signatures = [two[0], root].map((subject, i) => {
    const layer = here.pushBlob("acme/two", bytesOf(100, `signature ${i}`), "application/x-signature");
    const config = here.pushBlob("acme/two", Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "application/x-signature",
      config,
      layers: [layer],
      subject: {
        mediaType: i === 0 ? manifestType : indexType,
        digest: subject?.digest,
        size: subject?.size,
      },
    };
    return here.pushManifest("acme/two", undefined, manifest, manifestType).digest;
  });
  return { digest: root.digest, signatures };
}

/** The bytes of a manifest, as another program reads them. */
async function raw(reference: string): Promise<string> {
  const insecure = reference.startsWith("docker:") ? ["--tls-verify=false"] : [];
  return (await promisify(execFile)("skopeo", ["inspect", "--raw", ...insecure, reference])).stdout;
}

describe.each([
  ["a folder", "oci-layout", "oci", "images"],
  ["an archive", "oci-archive", "oci-archive", "images.tar"],
])("%s", (_, ours, theirs, name) => {
  test("is written as skopeo reads it, and copied from there to a registry, byte for byte", async () => {
    const { digest } = pushSigned();
    const path = join(dir.path, name);
    const before = await raw(`docker://${here.host}/acme/two:1.0`);
    expect(await copy(`${here.host}/acme/two:1.0`, `${ours}:${path}:1.0`)).toMatchObject({
      code: 0,
      stdout: `${digest}\n`,
    });
    expect(await raw(`${theirs}:${path}:1.0`)).toBe(before);
    await skopeo("copy", "--all", `${theirs}:${path}:1.0`, `dir:${join(dir.path, "theirs")}`);
    expect(await copy(`${ours}:${path}:1.0`, `${prefix}/two:1.0`)).toMatchObject({
      code: 0,
      stdout: `${digest}\n`,
    });
    expect(await raw(`docker://${prefix}/two:1.0`)).toBe(before);
    await skopeo(
      "copy",
      "--all",
      "--src-tls-verify=false",
      `docker://${prefix}/two:1.0`,
      `dir:${join(dir.path, "ours")}`,
    );
  });

  test("that skopeo wrote is copied to a registry, byte for byte", async () => {
    pushSigned();
    const path = join(dir.path, name);
    const from = `docker://${here.host}/acme/two:1.0`;
    await skopeo("copy", "--all", "--src-tls-verify=false", from, `${theirs}:${path}:1.0`);
    const before = await raw(from);
    expect(await raw(`${theirs}:${path}:1.0`)).toBe(before);
    expect(await copy(`${ours}:${path}:1.0`, `${prefix}/two:1.0`)).toMatchObject({ code: 0 });
    expect(await raw(`docker://${prefix}/two:1.0`)).toBe(before);
  });

  test("holds what refers to an artifact with --all, and a registry that knows nothing of that gets it", async () => {
    const { digest, signatures } = pushSigned();
    const path = join(dir.path, name);
    const without = await copy(`${here.host}/acme/two:1.0`, `${ours}:${path}-without:1.0`, "--json");
    expect(JSON.parse(without.stdout)).toMatchObject({ manifests: 3, blobs: 3 });
    const copied = await copy(`${here.host}/acme/two:1.0`, `${ours}:${path}:1.0`, "--all", "--json");
    expect(JSON.parse(copied.stdout)).toMatchObject({ digest, manifests: 5, blobs: 5 });
    expect(await copy(`${ours}:${path}:1.0`, `${prefix}/two:1.0`, "--all")).toMatchObject({ code: 0 });
    // Debian's registry has no referrers API: there the tag says it, by which they come back.
    const tag = digest.replace(":", "-");
    const listed = JSON.parse(await raw(`docker://${prefix}/two:${tag}`)) as Listed;
    expect(listed.manifests).toEqual([
      expect.objectContaining({ digest: signatures[1], artifactType: "application/x-signature" }),
    ]);
    const back = await copy(`${prefix}/two:1.0`, `${here.host}/back/two:1.0`, "--all", "--json");
    expect(JSON.parse(back.stdout)).toMatchObject({ digest, manifests: 5, blobs: 5 });
  });

  test("takes all that a lockfile names, each by its whole reference", async () => {
    const lock = await writeLock();
    const path = join(dir.path, name);
    const copied = await copy("--lock", lock, `${ours}:${path}`);
    expect(copied).toMatchObject({ code: 0 });
    expect(copied.stdout.trimEnd().split("\n")).toHaveLength(2);
    const from = `${ours}:${path}:${here.host}/acme/one:1.0`;
    expect(await copy(from, `${prefix}/one:1.0`)).toMatchObject({ code: 0 });
    expect(await raw(`docker://${prefix}/one:1.0`)).toBe(await raw(`docker://${here.host}/acme/one:1.0`));
  });
});

test("a folder keeps what is in it, and a name what it means, unless it is forced", async () => {
  const { digest } = pushSigned();
  pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: smallComponent });
  const layout = `oci-layout:${join(dir.path, "images")}`;
  await copy(`${here.host}/acme/two:1.0`, `${layout}:1.0`);
  expect(await copy(`${here.host}/acme/one:1.0`, `${layout}:other`)).toMatchObject({ code: 0 });
  expect(await copy(`${layout}:1.0`, `${prefix}/two:1.0`)).toMatchObject({ stdout: `${digest}\n` });
  const again = await copy(`${here.host}/acme/two:1.0`, `${layout}:1.0`, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ manifests: 0, blobs: 0, bytes: 0 });
  const index = await readFile(join(dir.path, "images", "index.json"));
  const refused = await copy(`${here.host}/acme/one:1.0`, `${layout}:1.0`);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("means something else");
  expect(await readFile(join(dir.path, "images", "index.json"))).toEqual(index);
  expect(await copy(`${here.host}/acme/one:1.0`, `${layout}:1.0`, "--force")).toMatchObject({ code: 0 });
  expect(await copy(`${layout}@${digest}`, `${prefix}/again:1.0`)).toMatchObject({ stdout: `${digest}\n` });
});

test("an archive that is there, and a folder of something else, stay as they are", async () => {
  pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: smallComponent });
  const [archive, folder] = [join(dir.path, "images.tar"), join(dir.path, "mine")];
  await writeFile(archive, "mine");
  await skopeo("copy", "--src-tls-verify=false", `docker://${here.host}/acme/one:1.0`, `dir:${folder}`);
  const names = await readdir(folder);
  const refused = await copy(`${here.host}/acme/one:1.0`, `oci-archive:${archive}`);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("--force");
  expect(await readFile(archive, "utf8")).toBe("mine");
  expect(await copy(`${here.host}/acme/one:1.0`, `oci-layout:${folder}`)).toMatchObject({ code: 2 });
  expect(await readdir(folder)).toEqual(names);
  expect(await copy(`${here.host}/acme/one:1.0`, `oci-archive:${archive}`, "--force")).toMatchObject({
    code: 0,
  });
});

test("bytes that are not those of their digest leave no archive, and nothing that a folder lists", async () => {
  pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: smallComponent });
  fault = (url) => (url.includes("/blobs/") ? new Response(Buffer.alloc(smallComponent.length)) : undefined);
  for (const to of ["oci-archive:images.tar", "oci-layout:images"]) {
    const failed = await runCli(["copy", `${here.host}/acme/one:1.0`, `${to}:1.0`], { cwd: dir.path });
    expect(failed).toMatchObject({ code: 6, stdout: "" });
  }
  expect(await readdir(dir.path)).toEqual(["images"]);
  expect(await readdir(join(dir.path, "images"))).toEqual(["blobs"]);
});

test("a lockfile is copied below a prefix; an entry that fails is named when the others are there", async () => {
  const lock = await writeLock();
  const copied = await copy("--lock", lock, `${prefix}/mirror`);
  const digests = copied.stdout.match(/sha256:[0-9a-f]{64}/g) ?? [];
  expect(copied).toMatchObject({
    code: 0,
    stdout: `${digests[0]} ${prefix}/mirror/acme/one:1.0\n${digests[1]} ${prefix}/mirror/acme/two:1.0\n`,
  });
  for (const name of ["one", "two"]) {
    expect(await raw(`docker://${prefix}/mirror/acme/${name}:1.0`)).toBe(
      await raw(`docker://${here.host}/acme/${name}:1.0`),
    );
  }
  fault = (url) => (url.includes("/acme/one/") ? new Response("", { status: 404 }) : undefined);
  const failed = await copy("--lock", lock, `${prefix}/second`);
  expect(failed).toMatchObject({ code: 3, stdout: `${digests[1]} ${prefix}/second/acme/two:1.0\n` });
  expect(failed.stderr).toContain("1 of 2 entries");
  expect(failed.stderr).toContain("acme/one");
  expect(await raw(`docker://${prefix}/second/acme/two:1.0`)).toContain("manifests");
  const reference = `oci-layout:images@${digests[1]}`;
  for (const [to, kept] of [
    ["oci-layout:images", [expect.objectContaining({ name: "two", reference, manifests: 3 })]],
    ["oci-archive:images.tar", []],
  ] as const) {
    const { code, stdout, stderr } = await runCli(["copy", "--lock", lock, to, "--json"], { cwd: dir.path });
    expect([code, stdout]).toEqual([3, ""]);
    expect(parseError(stderr).details).toMatchObject({
      pulled: [],
      copied: kept,
      failed: [{ name: "one" }],
    });
  }
});

test.each([
  [["REF", "cache"], "`greentic-dist pull REF` brings it there"],
  [["REF", `sha256:${"0".repeat(64)}`], "`greentic-dist pull REF` brings it there"],
  [["--lock", "LOCK", "cache"], "`greentic-dist pull --lock LOCK` brings it there"],
  [["--lock", "LOCK", "registry.example.com/mirror:1.0"], "is no place for all"],
  [["--lock", "LOCK", "oci-layout:images:1.0"], "is no place for all"],
  [["--lock", "LOCK", "a", "b"], "requires where to"],
  [["--lock", "LOCK", "registry.example.com/a", "--tag", "1.0"], "exclude each other"],
])("what is no place to copy to is refused: %j", async (args, said) => {
  const lock = await writeLock();
  const fill = (text: string): string =>
    text.replace("REF", `${here.host}/acme/one:1.0`).replace("LOCK", lock);
  const refused = await copy(...args.map(fill));
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(fill(said));
});

interface Listed {
  readonly manifests: readonly object[];
}

/** A lockfile of a component and of an index. */
async function writeLock(): Promise<string> {
  pushSigned();
  pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: smallComponent });
  const lock = join(dir.path, "pack.lock.json");
  const made = await runCli([
    "lock",
    "create",
    `${here.host}/acme/one:1.0`,
    `${here.host}/acme/two:1.0`,
    "-o",
    lock,
  ]);
  expect(made.code).toBe(0);
  return lock;
}

function copy(...args: readonly string[]): Promise<RunResult> {
  return runCli(["copy", ...args]);
}
