import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { type DevProcess, startDev } from "../support/dev-process.ts";
import { freePort } from "../support/servers.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";
import { type Command, createCommand, parseError } from "./support/command.ts";

const token = "canary-token";
const pack = bytesOf(200_000, "pack");

let dir: TempDir;
let served: DevProcess;
let host: string;
let command: Command;

beforeAll(async () => {
  dir = await tempDir();
  for (const folder of ["components", "packs"]) await mkdir(join(dir.path, folder));
  await writeFile(join(dir.path, "components/hello-1.0.0.wasm"), smallComponent);
  await writeFile(join(dir.path, "packs/tools-0.1.0.gtpack"), pack);
  served = await startDev(["--root", dir.path]);
  host = new URL(served.url).host;
  command = await createCommand();
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await command[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("the first line of stdout", () => {
  test("is the address, and all else is on stderr", async () => {
    const own = await startDev(["--root", dir.path]);
    expect(own.firstLine).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { stdout, stderr } = await own.stop("SIGTERM");
    expect(stdout).toEqual([]);
    const at = own.firstLine.slice("http://".length);
    expect(stderr).toContain(`serves ${dir.path}`);
    expect(stderr).toContain(`  ${at}/components/hello:1.0.0 (552 B)\n`);
    expect(stderr).toContain(`  ${at}/packs/tools:0.1.0 (`);
  });

  test("is followed by twenty artifacts at most, as the registry names them", async () => {
    await using many = await tempDir();
    await mkdir(join(many.path, "components"));
    const names = ["Upper-1.0.0", "a-1.0.0+b", ...Array.from({ length: 23 }, (_, at) => `x${at}-1.0.0`)];
    for (const name of names) await writeFile(join(many.path, `components/${name}.wasm`), "x");
    const own = await startDev(["--root", many.path]);
    const { stderr } = await own.stop("SIGTERM");
    expect(stderr).toContain(
      "  component Upper 1.0.0 (1 B), not in the registry: it takes lower-case names only\n",
    );
    expect(stderr).toContain("/components/a:1.0.0_b (1 B)\n");
    expect(stderr.match(/^ {2}.*\(1 B\)/gm)).toHaveLength(20);
    expect(stderr).toMatch(/\n {2}and 5 more\n$/);
  });

  test("is one object with --json, and stderr is empty", async () => {
    const own = await startDev(["--root", dir.path, "--json"]);
    expect(JSON.parse(own.firstLine)).toEqual({
      url: own.url,
      host: own.url.slice("http://".length),
      root: dir.path,
    });
    expect(await own.stop("SIGTERM")).toEqual({ code: 0, signal: null, stdout: [], stderr: "" });
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s stops it, which is a success", async (signal) => {
  const own = await startDev(["--root", dir.path, "--quiet"]);
  await fetch(`${own.url}/healthz`);
  expect(await own.stop(signal)).toEqual({ code: 0, signal: null, stdout: [], stderr: "" });
  await expect(fetch(own.url)).rejects.toThrow(TypeError);
});

test("--verbose says each request when it is over", async () => {
  const own = await startDev(["--root", dir.path, "--verbose"]);
  await (await fetch(`${own.url}/healthz`)).text();
  const { stderr } = await own.stop("SIGTERM");
  expect(stderr).toContain("GET /healthz → 200, 15 B\n");
});

describe("what is served", () => {
  test("is pulled by tag, by latest and by digest", async () => {
    const paths = [];
    const resolved = await command.run(["resolve", `${host}/components/hello`]);
    const digest = resolved.stdout.trim();
    for (const reference of [":1.0.0", ":latest", `@${digest}`]) {
      const { code, stdout } = await command.run(["pull", `${host}/components/hello${reference}`, "--quiet"]);
      expect(code).toBe(0);
      paths.push(stdout.trim());
    }
    expect(new Set(paths).size).toBe(1);
    expect(sha256(await readFile(paths[0] ?? ""))).toBe(sha256(smallComponent));
    const packed = await command.run(["pack", `${host}/packs/tools:0.1.0`, "--allow-tags", "--quiet"]);
    expect(sha256(await readFile(packed.stdout.trim()))).toBe(sha256(pack));
  });

  test("is pulled with the token as password, and not without", async () => {
    await using closed = await startDev(["--root", dir.path], { GREENTIC_DIST_DEV_TOKEN: token });
    const reference = `${new URL(closed.url).host}/components/hello:1.0.0`;
    const cacheDir = join(dir.path, "closed");
    const pull = ["pull", reference, "--cache-dir", cacheDir];
    const refused = await command.run(pull);
    expect([refused.code, refused.stdout]).toEqual([5, ""]);
    const env = { OCI_REGISTRY: new URL(closed.url).host, OCI_USERNAME: "any", OCI_PASSWORD: token };
    const pulled = await command.run(pull, { env });
    expect(pulled.code).toBe(0);
    const { stderr } = await closed.stop("SIGTERM");
    expect(stderr).not.toContain(token);
  });
});

describe("it does not start", () => {
  const refused: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
    [["--root", "none"], 3, "folder `none` is not there"],
    [["--host", "0.0.0.0"], 2, "other machines can reach `0.0.0.0`"],
    [["--host", "0.0.0.0", "--token", token, "--no-auth"], 2, "a token is given"],
    [["--host", "none.invalid", "--no-auth"], 2, "cannot listen on none.invalid port 0"],
    [["--token", "two words"], 2, "the token cannot stand in a header"],
    [["--port", "65536"], 2, "--port is `65536`, expected a number from 0 to 65535"],
    [["--port", "-1"], 2, "--port"],
    [["here"], 2, "here"],
  ];
  test.each(refused)("with %j", async (args, code, message) => {
    const root = args.includes("--root") ? [] : ["--root", dir.path];
    const result = await command.run(["dev", ...root, ...args, "--json"]);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
    expect(parseError(result.stderr)).toMatchObject({ message: expect.stringContaining(message) });
    expect(result.stderr).not.toContain(token);
  });

  test("on a port that is in use, and says what to do", async () => {
    const { port } = new URL(served.url);
    const { code, stdout, stderr } = await command.run(["dev", "--root", dir.path, "--port", port]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`port ${port}: another program listens there\nhint: .*--port 0`));
  });
});

test("listens for others on the port that was asked for, with --no-auth", async () => {
  const port = String(await freePort());
  await using own = await startDev(["--root", dir.path, "--host", "0.0.0.0", "--port", port, "--no-auth"]);
  expect(own.url).toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(`${own.url}/v2/`)).status).toBe(200);
});
