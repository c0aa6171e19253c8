import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { type DevProcess, startDev } from "../support/dev-process.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";

const token = "canary-token";
const pack = Buffer.concat([Buffer.from("PK\u0003\u0004"), bytesOf(3_000_000, "pack")]);
const tags = ["1.0.0", "1.10.0", "1.9.0", "latest"];

let dir: TempDir;
let open: DevProcess;
let closed: DevProcess;
let host: string;

beforeAll(async () => {
  dir = await tempDir();
  for (const folder of ["components/hello/1.9.0", "packs"])
    await mkdir(join(dir.path, folder), { recursive: true });
  await writeFile(join(dir.path, "components/hello-1.0.0.wasm"), smallComponent);
  await writeFile(join(dir.path, "components/hello/1.9.0/component.wasm"), bytesOf(1000, "other"));
  await writeFile(join(dir.path, "components/hello-1.10.0.wasm"), smallComponent);
  await writeFile(join(dir.path, "packs/tools-0.1.0.gtpack"), pack);
  open = await startDev(["--root", dir.path, "--quiet"]);
  closed = await startDev(["--root", dir.path, "--quiet"], { GREENTIC_DIST_DEV_TOKEN: token });
  host = new URL(open.url).host;
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const isInstalled = (tool: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** What a program prints; it must end with 0. */
async function say(program: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: dir.path };
  return (await promisify(execFile)(program, args, { env, maxBuffer: 1 << 24 })).stdout;
}

const skopeo = (...args: readonly string[]): Promise<string> => say("skopeo", "--insecure-policy", ...args);
const copy = (from: string, to: string, ...options: readonly string[]): Promise<string> =>
  skopeo("copy", "--preserve-digests", "--src-tls-verify=false", ...options, `docker://${from}`, `dir:${to}`);
const inspect = (reference: string): Promise<string> =>
  skopeo("inspect", "--raw", "--tls-verify=false", `docker://${host}/components/hello${reference}`);
const oras = (...args: readonly string[]): Promise<string> => say("oras", ...args);
const crane = (...args: readonly string[]): Promise<string> => say("crane", ...args);

describe("skopeo", () => {
  test("lists the tags", async () => {
    const listed = await skopeo("list-tags", "--tls-verify=false", `docker://${host}/components/hello`);
    expect(JSON.parse(listed)).toMatchObject({ Tags: tags });
  });

  test("inspects the manifest, which is the same by tag and by digest", async () => {
    const manifest = await inspect(":latest");
    expect(await inspect(`@sha256:${sha256(Buffer.from(manifest))}`)).toBe(manifest);
    expect(await inspect(":1.10.0")).toBe(manifest);
  });

  test.each([
    ["components/hello:latest", smallComponent],
    ["components/hello:1.0.0", smallComponent],
    ["packs/tools:0.1.0", pack],
  ] as const)("copies %s", async (reference, bytes) => {
    const to = join(dir.path, `skopeo-${reference.replaceAll(/\W/g, "-")}`);
    await copy(`${host}/${reference}`, to);
    expect(sha256(await readFile(join(to, sha256(bytes))))).toBe(sha256(bytes));
  });

  test("copies with the token as password, and not with another", async () => {
    const from = `${new URL(closed.url).host}/packs/tools:latest`;
    const to = join(dir.path, "skopeo-closed");
    await copy(from, to, "--src-creds", `any:${token}`);
    expect(sha256(await readFile(join(to, sha256(pack))))).toBe(sha256(pack));
    const wrong = copy(from, join(dir.path, "skopeo-wrong"), "--src-creds", "any:wrong");
    await expect(wrong).rejects.toMatchObject({
      stderr: expect.stringMatching(/unauthorized|authentication required/i),
    });
  });
});

// These two are in no Debian; `go install` brings them.
describe.skipIf(!isInstalled("oras"))("oras", () => {
  test("lists repositories and tags, and finds no referrers", async () => {
    const repositories = await oras("repo", "ls", "--plain-http", host);
    expect(repositories.trim().split("\n")).toEqual(["components/hello", "packs/tools"]);
    const listed = await oras("repo", "tags", "--plain-http", `${host}/components/hello`);
    expect(listed.trim().split("\n")).toEqual(tags);
    const found = await oras(
      "discover",
      "--plain-http",
      "--format",
      "json",
      `${host}/components/hello:latest`,
    );
    expect(JSON.parse(found)).toMatchObject({ referrers: [] });
  });

  test.each([
    ["components/hello:latest", "hello.wasm", smallComponent],
    ["packs/tools:latest", "tools.gtpack", pack],
  ] as const)("pulls %s as %s", async (reference, file, bytes) => {
    await oras("pull", "--plain-http", `${host}/${reference}`, "-o", dir.path);
    expect(sha256(await readFile(join(dir.path, file)))).toBe(sha256(bytes));
  });

  test("pulls with the token as password", async () => {
    const from = `${new URL(closed.url).host}/components/hello:latest`;
    await oras("pull", "--plain-http", "-u", "any", "-p", token, from, "-o", join(dir.path, "oras-closed"));
    expect(sha256(await readFile(join(dir.path, "oras-closed/hello.wasm")))).toBe(sha256(smallComponent));
  });
});

describe.skipIf(!isInstalled("crane"))("crane", () => {
  test("lists repositories and tags", async () => {
    expect((await crane("catalog", host)).trim().split("\n")).toEqual(["components/hello", "packs/tools"]);
    expect((await crane("ls", `${host}/components/hello`)).trim().split("\n")).toEqual(tags);
  });

  test.each([
    ["components/hello:latest", smallComponent],
    ["packs/tools:0.1.0", pack],
  ] as const)("finds that the digests of %s are right, and pulls it", async (reference, bytes) => {
    const digest = (await crane("digest", `${host}/${reference}`)).trim();
    const to = join(dir.path, `crane-${reference.replaceAll(/\W/g, "-")}`);
    await crane("pull", "--format", "oci", `${host}/${reference}`, to);
    const index = JSON.parse(await readFile(join(to, "index.json"), "utf8")) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    expect(index.manifests[0]?.digest).toBe(digest);
    expect(sha256(await readFile(join(to, "blobs/sha256", sha256(bytes))))).toBe(sha256(bytes));
  });
});
