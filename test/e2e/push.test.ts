import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { canaryLogin, canaryTraces } from "../support/canary.ts";
import { runCli, type RunOptions, type RunResult } from "../support/cli.ts";
import { startRegistry } from "../support/registry.ts";
import { requireBasic } from "../support/registry-auth.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo } from "../support/skopeo.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { startTokenService } from "../support/token-service.ts";
import { parseError } from "./support/command.ts";

const manifest = JSON.stringify({ artifacts: { component_wasm: "target/hello.wasm" } });
const emptyModule = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

let registry: RunningServer;
let host: string;
let dir: TempDir;
let count = 0;
/** A repository that no other test uses. */
let repository: string;

beforeAll(async () => {
  registry = await startDockerRegistry();
  host = new URL(registry.url).host;
  dir = await tempDir();
  await writeFile(join(dir.path, "hello.wasm"), smallComponent);
  await writeFile(join(dir.path, "module.wasm"), emptyModule);
  await writeFile(join(dir.path, "README.md"), "# Hello\n");
  await writeFile(
    join(dir.path, "demo.gtpack"),
    Buffer.concat([Buffer.from("PK\u0003\u0004"), bytesOf(5_000, "pack")]),
  );
  await mkdir(join(dir.path, "built", "target"), { recursive: true });
  await writeFile(join(dir.path, "built", "component.manifest.json"), manifest);
  await copyFile(join(dir.path, "hello.wasm"), join(dir.path, "built", "target", "hello.wasm"));
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});
beforeEach(() => {
  count += 1;
  repository = `${host}/push/at-${count}`;
});

test("what was pushed is pulled, byte for byte, and its two digests are what was printed", async () => {
  const pushed = await push("hello.wasm", `${repository}:1.0`);
  expect(pushed).toMatchObject({ code: 0 });
  const [digest, contentDigest, ...rest] = pushed.stdout.trimEnd().split("\n");
  expect(rest).toEqual([]);
  const pulled = await run("--json", "inspect", `${repository}:1.0`);
  expect(JSON.parse(pulled.stdout)).toMatchObject({
    digest,
    content_digest: contentDigest,
    media_type: "application/wasm",
    shape: "component",
  });
  expect(await skopeoFiles(`${repository}:1.0`)).toContainEqual(Buffer.from(smallComponent));
});

test("the config says what the component is, as the Wasm OCI layout has it", async () => {
  await push("hello.wasm", `${repository}:1.0`, "--annotation", "org.opencontainers.image.authors=Ada");
  const [document, config] = await raw(`${repository}:1.0`);
  expect(document).toEqual({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: expect.objectContaining({ mediaType: "application/vnd.wasm.config.v0+json" }),
    layers: [
      {
        mediaType: "application/wasm",
        digest: expect.stringMatching(/^sha256:/),
        size: smallComponent.length,
        annotations: { "org.opencontainers.image.title": "hello.wasm" },
      },
    ],
    annotations: { "org.opencontainers.image.authors": "Ada" },
  });
  expect(config).toEqual({
    created: "1970-01-01T00:00:00Z",
    author: "Ada",
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [expect.stringMatching(/^sha256:/)],
    component: { exports: ["greet"], imports: [] },
  });
});

test("of a core module it says wasip1", async () => {
  await push("module.wasm", `${repository}:1.0`);
  const [, config] = await raw(`${repository}:1.0`);
  expect(config).toMatchObject({ architecture: "wasm", os: "wasip1" });
  expect(config).not.toHaveProperty("component");
});

test("the same input makes the same digest, and SOURCE_DATE_EPOCH another one", async () => {
  const [first, second] = [
    await push("hello.wasm", `${repository}:a`),
    await push("hello.wasm", `${repository}:b`),
  ];
  expect(second.stdout).toBe(first.stdout);
  const env = { SOURCE_DATE_EPOCH: "1700000000" };
  const dated = await runIn(["push", "hello.wasm", `${repository}:c`], { env });
  expect(dated.stdout).not.toBe(first.stdout);
  const [, config] = await raw(`${repository}:c`);
  expect(config).toMatchObject({ created: "2023-11-14T22:13:20Z" });
});

test("a folder is its component.manifest.json and the component that it names; a README comes if it is asked for", async () => {
  expect(await push("built", `${repository}:1.0`, "--readme", "README.md")).toMatchObject({ code: 0 });
  const [document] = await raw(`${repository}:1.0`);
  expect(
    document.layers.map(({ mediaType, annotations }) => [
      mediaType,
      annotations["org.opencontainers.image.title"],
    ]),
  ).toEqual([
    ["application/wasm", "hello.wasm"],
    ["application/vnd.greentic.component.manifest+json", "component.manifest.json"],
    ["text/markdown", "README.md"],
  ]);
  const inspected = await run("inspect", `${repository}:1.0`);
  expect(inspected.stdout).toContain("component.manifest.json: true");
});

test("a pack is pulled as a pack", async () => {
  const pushed = await push("--pack", "demo.gtpack", `${repository}:1.0`);
  expect(pushed).toMatchObject({ code: 0 });
  const pulled = await run("--json", "pack", `${repository}:1.0`, "--allow-tags");
  expect(JSON.parse(pulled.stdout)).toMatchObject({
    digest: pushed.stdout.split("\n")[0],
    media_type: "application/vnd.greentic.gtpack.v1+zip",
    shape: "zip",
  });
});

describe("a tag", () => {
  test("that means this already is success, and nothing is sent", async () => {
    await push("hello.wasm", `${repository}:1.0`);
    const again = await push("--json", "--verbose", "hello.wasm", `${repository}:1.0`);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ pushed: false, tags: ["1.0"] });
    expect(again.stderr).not.toMatch(/^(?:POST|PUT|PATCH) /m);
  });

  test("that means something else stays as it is, unless it is forced", async () => {
    await push("hello.wasm", `${repository}:1.0`);
    const refused = await push("module.wasm", `${repository}:2.0`, "--tag", "1.0");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(`\`${repository}:1.0\` means something else`);
    expect(await run("resolve", `${repository}:2.0`)).toMatchObject({ code: 3 });
    const forced = await push("module.wasm", `${repository}:2.0`, "--tag", "1.0", "--force");
    expect(forced.code).toBe(0);
    expect((await run("resolve", `${repository}:1.0`)).stdout).toBe(`${forced.stdout.split("\n")[0]}\n`);
  });

  test("may be one of several", async () => {
    const pushed = await push("hello.wasm", `${repository}:1.0`, "--tag", "1", "--tag", "latest");
    for (const tag of ["1.0", "1", "latest"]) {
      expect((await run("resolve", `${repository}:${tag}`)).stdout).toBe(`${pushed.stdout.split("\n")[0]}\n`);
    }
  });
});

describe("refused, and nothing is sent, is", () => {
  test.each([
    ["a pack as a component", ["demo.gtpack", "REF"], "--pack"],
    ["a component as a pack", ["--pack", "hello.wasm", "REF"], "leave --pack out"],
    ["a README as a component", ["README.md", "REF"], "is no WebAssembly"],
    ["a file that is not there", ["missing.wasm", "REF"], "is not there"],
    ["a folder without a manifest", [".", "REF"], "has no component.manifest.json"],
    [
      "a folder with another manifest that is not there",
      [".", "REF", "--manifest", "nope.json"],
      "nope.json`",
    ],
    ["what is no place in a registry", ["hello.wasm", "https://example.com/x"], "is not in a registry"],
    ["a path as a place", ["hello.wasm", "./out"], "the file comes first, and then where it goes"],
    ["a tag that is none", ["hello.wasm", "REF", "--tag", "a b"], "is no tag"],
    ["an annotation without a value", ["hello.wasm", "REF", "--annotation", "a"], "expected KEY=VALUE"],
    ["a layer without a type", ["hello.wasm", "REF", "--layer", "README.md"], "expected FILE:TYPE"],
  ])("%s", async (_, args, said) => {
    const refused = await push(...args.map((arg) => (arg === "REF" ? `${repository}:1.0` : arg)));
    expect(refused.code).toBe(args[0] === "missing.wasm" || args.includes("nope.json") ? 3 : 2);
    expect(refused.stderr).toContain(said);
    expect(refused.stdout).toBe("");
    expect(await run("resolve", `${repository}:1.0`)).toMatchObject({ code: 3 });
  });

  test("anything, offline", async () => {
    const refused = await push("--offline", "hello.wasm", `${repository}:1.0`);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain("hint: leave --offline out");
  });

  test("what goes to a registry that cannot be reached, which is named", async () => {
    const refused = await push("hello.wasm", "127.0.0.1:1/a/b:1", "--retries", "0", "--json");
    expect(refused).toMatchObject({ code: 7, stdout: "" });
    expect(parseError(refused.stderr)).toMatchObject({
      message: expect.stringContaining("failed to push to `127.0.0.1:1/a/b:1`: "),
      details: { reference: "127.0.0.1:1/a/b:1" },
    });
  });
});

test("a dry run prints what a push would, and asks nobody", async () => {
  const dry = await push("hello.wasm", "registry.invalid/acme/hello:1.0", "--dry-run");
  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect((await push("hello.wasm", `${repository}:1.0`)).stdout).toBe(dry.stdout);
});

test("events say what goes, and that it is there", async () => {
  const pushed = await push("hello.wasm", `${repository}:1.0`, "--progress", "json");
  const events = pushed.stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(new Set(events.map(({ event }) => event))).toEqual(
    new Set(["uploading", "sent", "uploaded", "pushed"]),
  );
  expect(events.at(-1)).toMatchObject({ event: "pushed", uploaded: true });
});

describe("where a login is asked for", () => {
  const login = { user: "ada", password: "secret" };

  test("a token for pushing is", async () => {
    await using service = await startTokenService({ logins: [login], isPublic: () => true });
    const token = { ...service, realm: `${service.url}/token` };
    await using guarded = await startDockerRegistry({ token });
    const target = `${new URL(guarded.url).host}/acme/hello:1.0`;
    expect(await push("hello.wasm", target)).toMatchObject({ code: 5, stdout: "" });
    const env = {
      OCI_USERNAME: login.user,
      OCI_PASSWORD: login.password,
      OCI_REGISTRY: new URL(guarded.url).host,
    };
    expect(await runIn(["push", "hello.wasm", target], { env })).toMatchObject({ code: 0 });
    const scopes = service.requests.map(({ path }) =>
      new URLSearchParams(path.split("?")[1]).getAll("scope"),
    );
    expect(new Set(scopes.flat())).toEqual(new Set(["repository:acme/hello:pull,push"]));
  });

  test("a user name and password are", async () => {
    const password = "correct horse";
    /** bcrypt of that password. */
    const htpasswd = "ada:$2b$04$uLOvREgGAhfBuCFanhlb..Wm/2a.zmwZDvGnvvaBSEeoEIr4.gmay\n";
    await using guarded = await startDockerRegistry({ htpasswd });
    const guardedHost = new URL(guarded.url).host;
    const target = `${guardedHost}/acme/hello:1.0`;
    expect(await push("hello.wasm", target)).toMatchObject({ code: 5, stdout: "" });
    const as = (secret: string): RunOptions => ({
      env: { OCI_USERNAME: "ada", OCI_PASSWORD: secret, OCI_REGISTRY: guardedHost },
    });
    const wrong = await runIn(["push", "hello.wasm", target], as("wrong"));
    expect(wrong).toMatchObject({ code: 5, stdout: "" });
    const pushed = await runIn(["push", "hello.wasm", target], as(password));
    expect(pushed).toMatchObject({ code: 0 });
    const resolved = await runIn(["resolve", target], as(password));
    expect(resolved.stdout).toBe(`${pushed.stdout.split("\n")[0]}\n`);
  });

  test("nothing of it goes to another origin that an upload is sent to, and no message tells it", async () => {
    await using other = await startRegistry();
    await using guarded = await startRegistry({
      wrap: (handler) => {
        const guard = requireBasic(canaryLogin)(handler);
        return async (request) => {
          const response = await guard(request);
          if (request.method === "POST" && response.status === 202)
            response.headers.set("location", `http://${other.host}/v2/acme/hello/blobs/uploads/1`);
          return response;
        };
      },
    });
    const env = {
      OCI_USERNAME: canaryLogin.user,
      OCI_PASSWORD: canaryLogin.password,
      OCI_REGISTRY: guarded.host,
    };
    const args = ["push", "--verbose", "hello.wasm", `${guarded.host}/acme/hello:1.0`];
    const refused = await runIn(args, { env });
    expect(refused).toMatchObject({ code: 7, stdout: "" });
    expect(refused.stderr).toContain("refused to upload");
    expect(guarded.requests.some(({ method }) => method === "POST")).toBe(true);
    expect(other.connections).toBe(0);
    for (const trace of canaryTraces) expect(refused.stderr).not.toContain(trace);
  });
});

function run(...args: readonly string[]): Promise<RunResult> {
  return runIn(args);
}

function push(...args: readonly string[]): Promise<RunResult> {
  return runIn(["push", ...args]);
}

function runIn(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return runCli(args, { cwd: dir.path, ...options });
}

/** A manifest and its config, as another program reads them. */
async function raw(reference: string): Promise<readonly [Document, unknown]> {
  const inspect = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)("skopeo", [
      "inspect",
      "--raw",
      ...args,
      "--tls-verify=false",
      `docker://${reference}`,
    ]);
    return JSON.parse(stdout);
  };
  return [(await inspect()) as Document, await inspect("--config")];
}

interface Document {
  readonly layers: readonly {
    readonly mediaType: string;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** The files of an artifact, as another program pulls it. */
async function skopeoFiles(reference: string): Promise<readonly Buffer[]> {
  await using folder = await tempDir();
  await skopeo("copy", "--src-tls-verify=false", `docker://${reference}`, `dir:${folder.path}`);
  const { layers } = JSON.parse(await readFile(join(folder.path, "manifest.json"), "utf8")) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  return await Promise.all(layers.map(({ digest }) => readFile(join(folder.path, digest.slice(7)))));
}
