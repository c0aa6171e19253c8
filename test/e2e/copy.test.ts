import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bytesOf, pushComponent, smallComponent } from "../support/artifacts.ts";
import { runCli, type RunResult } from "../support/cli.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { cutBody, isBlob } from "../support/faults.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo } from "../support/skopeo.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { parseError } from "./support/command.ts";

let docker: RunningServer;
let there: string;
let here: Registry;
let dir: TempDir;
let count = 0;
/** A repository in the other registry that no other test uses. */
let target: string;

beforeAll(async () => {
  docker = await startDockerRegistry();
  there = new URL(docker.url).host;
});
afterAll(async () => docker[Symbol.asyncDispose]());
beforeEach(async () => {
  here = await startRegistry();
  dir = await tempDir();
  count += 1;
  target = `${there}/copy/at-${count}`;
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** An index of two components, one of 3 MB. */
function pushTwo(): string {
  const two = [smallComponent, bytesOf(3_000_000, "large")].map((wasm, i) => {
    const { descriptor } = pushComponent(here, { repository: "acme/two", wasm });
    return Object.assign(descriptor, { platform: { os: `wasip${i + 1}`, architecture: "wasm" } });
  });
  const { digest } = here.pushManifest(
    "acme/two",
    "1.0",
    { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: two },
    "application/vnd.oci.image.index.v1+json",
  );
  return digest;
}

test("an index goes from one registry to another with all that it lists, and keeps its digest", async () => {
  const digest = pushTwo();
  const copied = await copy(`${here.host}/acme/two:1.0`, `${target}:1.0`);
  expect(copied).toMatchObject({ code: 0, stdout: `${digest}\n` });
  await skopeo("copy", "--all", "--src-tls-verify=false", `docker://${target}@${digest}`, `dir:${dir.path}`);
});

test("what is there already is not asked for, and not sent", async () => {
  pushTwo();
  await copy(`${here.host}/acme/two:1.0`, `${target}:1.0`);
  here.clearLog();
  const again = await copy(`${here.host}/acme/two:1.0`, `${target}:2.0`, "--verbose");
  expect(again.code).toBe(0);
  expect(here.requests.filter(({ path }) => path.includes("/blobs/"))).toEqual([]);
  expect(again.stderr.match(/^(?:POST|PUT|PATCH) .*$/gm)).toEqual([
    expect.stringContaining("/manifests/2.0"),
  ]);
});

test("one entry of an index is copied where a platform is named", async () => {
  pushTwo();
  const copied = await copy(
    `${here.host}/acme/two:1.0`,
    `${target}:1.0`,
    "--platform",
    "wasip1/wasm",
    "--json",
  );
  expect(JSON.parse(copied.stdout)).toMatchObject({ manifests: 1, blobs: 2 });
});

test("within a registry blobs are mounted", async () => {
  pushTwo();
  here.clearLog();
  expect(await copy(`${here.host}/acme/two:1.0`, `${here.host}/other/two:1.0`)).toMatchObject({ code: 0 });
  const sent = here.requests.filter(({ method, path }) => method !== "HEAD" && path.includes("/blobs/"));
  expect(sent.map(({ method, path }) => [method, path.includes("mount=sha256")])).toEqual(
    sent.map(() => ["POST", true]),
  );
  expect(sent).toHaveLength(3);
});

test("a connection that breaks off on either side is gone on with", async () => {
  const digest = pushTwo();
  await using upload = await startCuttingProxy(there);
  upload.cutAfter(1_000_000);
  const proxied = target.replace(there, upload.host);
  const copied = await copy(`${here.host}/acme/two:1.0`, `${proxied}:1.0`);
  expect(copied).toMatchObject({ code: 0, stdout: `${digest}\n` });
  expect(upload.cuts).toBe(1);
});

test("what fails is said of the side that it is on", async () => {
  await using cutting = await startRegistry({ wrap: cutBody(isBlob, 1000) });
  const { reference } = pushComponent(cutting, { repository: "a/b", tag: "1", wasm: bytesOf(50_000, "cut") });
  pushTwo();
  const source = `${here.host}/acme/two:1.0`;
  for (const [from, to, message, named] of [
    ["127.0.0.1:1/a/b:1", `${target}:1.0`, "failed to pull `127.0.0.1:1/a/b:1`: ", "127.0.0.1:1/a/b:1"],
    [reference, `${target}:1.0`, `failed to pull \`${reference}\`: `, reference],
    [source, "127.0.0.1:1/a/b:1", "failed to push to `127.0.0.1:1/a/b:1`: ", "127.0.0.1:1/a/b:1"],
  ] as const) {
    const { code, stderr } = await copy(from, to, "--retries", "0", "--json");
    expect(code).toBe(7);
    expect(parseError(stderr)).toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining(message),
      details: { reference: named },
    });
  }
});

test.each([
  ["y.tar", "write oci-archive:y.tar; if a registry was meant, write oci://y.tar"],
  ["out/y.tar.gz", "write oci-archive:out/y.tar.gz;"],
  ["./out", "write oci-layout:./out"],
  [".", "write oci-layout:."],
  ["out/", "write oci-layout:out/"],
])("%s is taken for a file, and what to write for one is said", async (to, hint) => {
  for (const from of [["127.0.0.1:1/a/b:1"], ["--lock", "pack.lock.json"]]) {
    const refused = await copy(...from, to);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(`\`${to}\` is not in a registry`);
    expect(refused.stderr).toContain(hint);
  }
});

test("what is no tag, and what is neither a registry nor a layout, is refused before anything is asked for", async () => {
  for (const [args, said] of [
    [["127.0.0.1:1/a/b:2", "--tag", "1/2"], "`1/2` is no tag"],
    [["https://example.com/x"], "write oci-layout:PATH"],
    [["file:///tmp/x.tar"], "write oci-archive:/tmp/x.tar"],
  ] as const) {
    const refused = await copy("127.0.0.1:1/a/b:1", ...args);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(said);
  }
});

test("a tag that means something else stays as it is, and a file has nothing to copy", async () => {
  pushTwo();
  pushComponent(here, { repository: "acme/one", tag: "1.0", wasm: smallComponent });
  await copy(`${here.host}/acme/two:1.0`, `${target}:1.0`);
  expect(await copy(`${here.host}/acme/one:1.0`, `${target}:1.0`)).toMatchObject({ code: 2, stdout: "" });
  expect(await copy(`${here.host}/acme/one:1.0`, `${target}:1.0`, "--force")).toMatchObject({ code: 0 });
  const file = await copy("examples/hello/hello.wasm", `${target}:2.0`);
  expect(file.code).toBe(2);
  expect(file.stderr).toContain("greentic-dist push");
  const archive = join(dir.path, "two.tar");
  await writeFile(archive, "");
  expect((await copy(archive, `${target}:2.0`)).stderr).toContain(`oci-archive:${archive}`);
  expect(await copy(`sha256:${"1".repeat(64)}`, `${target}:2.0`)).toMatchObject({ code: 3 });
});

function copy(...args: readonly string[]): Promise<RunResult> {
  return runCli(["copy", ...args]);
}
