import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { hexOf } from "../../src/core/index.ts";
import { bytesOf, pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo } from "../support/skopeo.ts";
import { type Command, createCommand, hashFile, parseError } from "./support/command.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

let docker: RunningServer;
let there: string;
let here: Registry;
let near: Command;
let far: Command;
let count = 0;
/** A prefix in the other registry that no other test uses. */
let prefix: string;
let one: PushedComponent;
let two: PushedComponent;

beforeAll(async () => {
  docker = await startDockerRegistry();
  there = new URL(docker.url).host;
});
afterAll(async () => docker[Symbol.asyncDispose]());
beforeEach(async () => {
  here = await startRegistry();
  [near, far] = [await createCommand(), await createCommand()];
  count += 1;
  prefix = `${there}/site-${count}`;
  one = pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: bytesOf(3000, "one") });
  two = pushComponent(here, { repository: "acme/two", tag: "2.0", wasm: bytesOf(300_000, "two") });
});
afterEach(async () => {
  for (const open of [here, near, far]) await open[Symbol.asyncDispose]();
});

/** Saves both components with their lockfile; the path of the bundle. */
async function saveBoth(name = "bundle.tar"): Promise<string> {
  await near.run(["lock", "create", one.reference, two.reference, "-o", "pack.lock.json"]);
  expect(await near.run(["save", "--lock", "pack.lock.json", "-o", name])).toMatchObject({ code: 0 });
  return join(near.directory, name);
}

/** The bytes of a manifest, as another program reads them. */
async function raw(reference: string): Promise<string> {
  const { stdout } = await promisify(execFile)("skopeo", [
    "inspect",
    "--raw",
    "--tls-verify=false",
    `docker://${reference}`,
  ]);
  return stdout;
}

async function repositories(): Promise<readonly string[]> {
  const answer = await fetch(`${docker.url}/v2/_catalog?n=1000`);
  const { repositories: names } = (await answer.json()) as { repositories: readonly string[] };
  return names.filter((name) => name.startsWith(`site-${count}/`));
}

test.each(["bundle.tar", "bundle.tar.gz", "bundle/"])(
  "%s goes to a registry, each artifact under its own path and tag, byte for byte, and not to the cache",
  async (name) => {
    const path = await saveBoth(name);
    const args = ["load", path, "--to", prefix, "--lock-out", "pack.lock.json"];
    const pushed = await far.run(args);
    expect(pushed).toMatchObject({ code: 0 });
    expect(pushed.stdout.trim().split("\n").toSorted()).toEqual(
      [
        `${one.manifestDigest} ${prefix}/acme/one:1.0`,
        `${two.manifestDigest} ${prefix}/acme/two:2.0`,
      ].toSorted(),
    );
    expect(await raw(`${prefix}/acme/one:1.0`)).toBe(await raw(`${here.host}/acme/one:1.0`));
    const copy = join(far.directory, "copy");
    await skopeo("copy", "--src-tls-verify=false", `docker://${prefix}/acme/two:2.0`, `dir:${copy}`);
    expect(await hashFile(join(copy, hexOf(two.contentDigest)))).toBe(two.contentDigest);
    expect(await readFile(join(far.directory, "pack.lock.json"))).toEqual(
      await readFile(join(near.directory, "pack.lock.json")),
    );
    expect(await far.run(["cache", "ls"])).toMatchObject({ code: 0, stdout: "" });
    const again = await far.run([...args, "--json", "--verbose"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).not.toMatch(/^(?:POST|PUT|PATCH) /m);
    for (const artifact of JSON.parse(again.stdout))
      expect(artifact).toMatchObject({ manifests: 0, blobs: 0 });
  },
);

test("signatures go along, several tags go to one artifact, and what has no tag goes by its digest", async () => {
  const config = here.pushBlob("acme/one", Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
  const layer = here.pushBlob("acme/one", bytesOf(100, "signature"), "application/x-signature");
  const { manifestDigest: digest } = one;
  const signature = here.pushManifest(
    "acme/one",
    undefined,
    {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "application/x-signature",
      config,
      layers: [layer],
      subject: { mediaType: manifestType, digest, size: one.descriptor.size },
    },
    manifestType,
  );
  pushComponent(here, { repository: "acme/one", tag: "latest", wasm: bytesOf(3000, "one") });
  const pinned = `${here.host}/acme/two@${two.manifestDigest}`;
  const references = [one.reference, `${here.host}/acme/one:latest`, pinned];
  expect(await near.run(["save", ...references, "-o", "b.tar"])).toMatchObject({ code: 0 });
  const pushed = await far.run(["load", join(near.directory, "b.tar"), "--to", prefix, "--json"]);
  const reference = `${prefix}/acme/one@${digest}`;
  expect(JSON.parse(pushed.stdout)).toContainEqual(
    expect.objectContaining({ reference, tags: ["1.0", "latest"], manifests: 2 }),
  );
  expect(JSON.parse(pushed.stdout)).toContainEqual(
    expect.objectContaining({ reference: `${prefix}/acme/two@${two.manifestDigest}`, tags: [] }),
  );
  const referrers = JSON.parse(await raw(`${prefix}/acme/one:${digest.replace(":", "-")}`)) as object;
  expect(referrers).toMatchObject({ manifests: [{ digest: signature.digest }] });
});

test("a bundle with a wrong byte, or without its end, sends nothing; nor does a dry run", async () => {
  const bytes = await readFile(await saveBoth());
  const at = bytes.indexOf(bytesOf(300_000, "two"));
  const spoilt = Buffer.from(bytes);
  spoilt[at + 1000] = (spoilt[at + 1000] ?? 0) ^ 1;
  const load = ["load", "-", "--to", prefix];
  expect(await far.run(load, { input: spoilt })).toMatchObject({ code: 6, stdout: "" });
  expect(await far.run(load, { input: bytes.subarray(0, at) })).toMatchObject({ code: 2, stdout: "" });
  const dry = await far.run(["--offline", ...load, "--dry-run"], { input: bytes });
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining(`${prefix}/acme/two:2.0\n`) });
  expect(await far.run(["--offline", ...load], { input: bytes })).toMatchObject({ code: 4, stdout: "" });
  expect(await repositories()).toEqual([]);
});

test("a dry run says what a load would send, and keeps and sends nothing", async () => {
  const path = await saveBoth();
  await near.run(["copy", one.reference, `${prefix}/acme/one:1.0`]);
  const load = ["load", path, "--to", prefix, "--json"];
  const dry = await far.run([...load, "--dry-run", "--lock-out", "pack.lock.json"]);
  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect(await readdir(far.directory)).toEqual([]);
  expect(await repositories()).toEqual([`site-${count}/acme/one`]);
  expect(JSON.parse(dry.stdout)).toEqual([
    expect.objectContaining({ tags: ["1.0"], manifests: 0, blobs: 0, bytes: 0 }),
    expect.objectContaining({ tags: ["2.0"], manifests: 1, blobs: 2 }),
  ]);
  expect(await far.run(load)).toMatchObject({ code: 0, stdout: dry.stdout });
  const again = await far.run(["load", path, "--to", prefix, "--dry-run"]);
  expect(again.stderr).toContain("nothing was sent; to send: manifests 0, blobs 0, in all 0 B\n");
  const offline = await far.run(["--offline", ...load, "--dry-run"]);
  for (const { manifests, bytes } of JSON.parse(offline.stdout)) {
    expect(manifests).toBe(1);
    expect(bytes).toBeGreaterThan(3000);
  }
});

test("a tag that means something else stops all of it, unless it is forced", async () => {
  const path = await saveBoth();
  const other = pushComponent(here, { repository: "acme/other", tag: "1", wasm: bytesOf(1000, "other") });
  await far.run(["copy", other.reference, `${prefix}/acme/two:2.0`]);
  const refused = await far.run(["load", path, "--to", prefix, "--json"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(await far.run(["load", path, "--to", prefix, "--json", "--dry-run"])).toEqual(refused);
  const reference = `${prefix}/acme/two:2.0`;
  expect(parseError(refused.stderr)).toEqual({
    code: "TAG_EXISTS",
    message: `\`${reference}\` means something else: expected ${two.manifestDigest}, got ${other.manifestDigest}`,
    hint: "name another prefix, or let it mean this one from now on with --force",
    details: { reference, tag: "2.0", expected: two.manifestDigest, actual: other.manifestDigest },
  });
  expect(await repositories()).toEqual([`site-${count}/acme/two`]);
  expect(await far.run(["load", path, "--to", prefix, "--force"])).toMatchObject({ code: 0 });
  expect(await raw(`${prefix}/acme/two:2.0`)).toBe(await raw(`${here.host}/acme/two:2.0`));
});

test("what has no place in a registry is named, with what takes it out, and nothing is sent", async () => {
  await writeFile(join(near.directory, "a.wasm"), smallComponent);
  const runs = [
    ["save", one.reference, "./a.wasm", "-o", "file.tar"],
    ["copy", one.reference, "oci-archive:tag.tar:1.0"],
    ["copy", one.reference, "oci-layout:bare"],
  ];
  for (const args of runs) {
    expect(await near.run(args)).toMatchObject({ code: 0 });
    const refused = await near.run(["load", args.at(-1)?.split(":").at(1) ?? "file.tar", "--to", prefix]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("belongs to no registry");
    const [, source = ""] = /hint: `greentic-dist copy (\S+) /.exec(refused.stderr) ?? [];
    expect(await near.run(["copy", source, "oci-layout:taken"])).toMatchObject({ code: 0 });
  }
  expect(await repositories()).toEqual([]);
});

test.each([
  [["--to", "registry.example.com/mirror:1.0"], "is no place for all"],
  [["--to", "cache:"], "`greentic-dist load bundle.tar` brings it there"],
  [["--to", "registry.example.com", "--platform", "wasip2/wasm"], "exclude each other"],
  [["--force"], "goes with --to"],
  [["--dry-run"], "goes with --to"],
])("what does not go together is refused: %j", async (options, said) => {
  const refused = await far.run(["load", "bundle.tar", ...options]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(said);
});

test("two artifacts that would go to one place are refused", async () => {
  await using other = await startRegistry();
  const twin = pushComponent(other, { repository: "acme/one", tag: "1.0", wasm: bytesOf(3000, "twin") });
  await near.run(["save", one.reference, twin.reference, "-o", "twins.tar"]);
  const refused = await near.run(["load", "twins.tar", "--to", prefix]);
  expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("is to be") });
  expect(await repositories()).toEqual([]);
});
