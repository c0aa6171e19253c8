import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mediaTypes, type Platform } from "../../src/core/index.ts";
import {
  bytesOf,
  pushComponent,
  type PushedComponent,
  pushIndex,
  smallComponent,
} from "../support/artifacts.ts";
import { type Registry, startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { createCommand, hashFile, parseError, pretty } from "./support/command.ts";
import { skopeo, skopeoCopy } from "../support/skopeo.ts";

/** From here skopeo takes what it pushes to Debian's registry. */
let source: Registry;
let registry: RunningServer;
let host: string;
let hello: PushedComponent;

beforeAll(async () => {
  source = await startRegistry();
  registry = await startDockerRegistry();
  host = new URL(registry.url).host;
  hello = pushComponent(source, {
    repository: "example/hello",
    tag: "1.0",
    wasm: smallComponent,
    title: "hello.wasm",
    componentManifest: { artifacts: { component_wasm: "hello.wasm" } },
  });
  await skopeoCopy(`${source.host}/example/hello:1.0`, `${host}/example/hello:1.0`);
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await source?.[Symbol.asyncDispose]();
});

test("resolves a tag to the digest that skopeo kept", async () => {
  await using command = await createCommand();
  const { code, stdout, stderr } = await command.run(["resolve", `${host}/example/hello:1.0`]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${hello.manifestDigest}\n`, stderr: "" });
});

test("pulls by tag and by digest, and warm does not fetch again", async () => {
  await using command = await createCommand();
  for (const [reference, fetched] of [
    [`oci://${host}/example/hello:1.0`, true],
    [`oci://${host}/example/hello:1.0`, false],
    [`oci://${host}/example/hello@${hello.manifestDigest}`, false],
  ] as const) {
    const { stdout, stderr } = await command.run(["pull", reference, "--json"]);
    const path = command.componentOf(hello.manifestDigest);
    expect(stderr).toBe("");
    expect(stdout).toBe(pretty({ reference, digest: hello.manifestDigest, cache_path: path, fetched }));
    expect(await hashFile(path)).toBe(hello.contentDigest);
  }
  expect(await hashFile(command.componentOf(hello.contentDigest))).toBe(hello.contentDigest);
});

test("pulls by digest alone into an empty cache", async () => {
  await using command = await createCommand();
  const { code, stdout } = await command.run(["pull", `${host}/example/hello@${hello.manifestDigest}`]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${command.componentOf(hello.manifestDigest)}\n` });
});

test("pulls a component of many chunks whole", async () => {
  await using command = await createCommand();
  const wasm = bytesOf(5_000_000, "many chunks");
  const large = pushComponent(source, { repository: "example/large", tag: "1.0", wasm });
  await skopeoCopy(`${source.host}/example/large:1.0`, `${host}/example/large:1.0`);
  const { code } = await command.run(["pull", `${host}/example/large:1.0`]);
  expect(code).toBe(0);
  expect(await hashFile(command.componentOf(large.manifestDigest))).toBe(large.contentDigest);
});

test("serves what was pulled when the registry is gone: pinned without a word, a tag offline with a notice", async () => {
  await using command = await createCommand();
  const gone = await startDockerRegistry();
  const reference = `${new URL(gone.url).host}/example/hello:1.0`;
  const pinned = reference.replace(":1.0", `@${hello.manifestDigest}`);
  try {
    await skopeoCopy(`${source.host}/example/hello:1.0`, reference);
    expect((await command.run(["pull", reference])).code).toBe(0);
  } finally {
    await gone[Symbol.asyncDispose]();
  }
  const stdout = `${command.componentOf(hello.manifestDigest)}\n`;
  expect(await command.run(["pull", pinned])).toMatchObject({ code: 0, stdout, stderr: "" });
  expect(await command.run(["--offline", "pull", pinned])).toMatchObject({ code: 0, stdout, stderr: "" });
  const byTag = await command.run(["--offline", "pull", reference]);
  expect(byTag).toMatchObject({ code: 0, stdout });
  expect(byTag.stderr).toMatch(
    new RegExp(
      `^warning: offline: \`${reference}\` is served as ${hello.manifestDigest}, which it meant on \\d{4}-`,
    ),
  );
  const online = await command.run(["pull", reference]);
  expect(online).toMatchObject({ code: 7, stdout: "" });
  expect(online.stderr).toContain("refuses connections");
});

describe("an index", () => {
  const platforms = [
    { os: "linux", architecture: "s390x", variant: undefined },
    { os: "wasip2", architecture: "wasm", variant: undefined },
  ] as const;

  test.each([
    ["an OCI index", "oci", mediaTypes.ociIndex],
    ["a Docker manifest list", "docker", mediaTypes.dockerList],
  ])("(%s) is walked to the platform asked for", async (_what, name, mediaType) => {
    const repository = `example/${name}`;
    const entries = platforms.map((platform) => {
      const wasm = bytesOf(1000, `${name} for ${platform.architecture}`);
      return pushed(repository, { wasm, platform, isDocker: mediaType === mediaTypes.dockerList });
    });
    const index = pushIndex(source, { repository, tag: "1.0", manifests: entries, mediaType });
    await skopeoCopy(`${source.host}/${repository}:1.0`, `${host}/${repository}:1.0`);
    await using command = await createCommand();
    const reference = `${host}/${repository}:1.0`;
    const [linux, wasip2] = entries;
    expect((await command.run(["resolve", reference])).stdout).toBe(`${index.digest}\n`);
    for (const [options, entry] of [
      [[], wasip2!],
      [["--platform", "linux/s390x"], linux!],
      [["--platform", "wasip2/wasm", "--offline"], wasip2!],
    ] as const) {
      const { code, stdout } = await command.run(["pull", reference, ...options]);
      const path = command.componentOf(entry.descriptor.digest);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${path}\n` });
      expect(await hashFile(path)).toBe(entry.contentDigest);
    }
    const json = await command.run(["pull", reference, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ digest: index.digest, fetched: false });
    const none = await command.run(["pull", reference, "--platform", "windows/amd64"]);
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toContain("it lists linux/s390x, wasip2/wasm");
  });
});

test("says in the registry's own words what is not there, and exits with 3", async () => {
  await using command = await createCommand();
  for (const reference of [
    `${host}/example/hello:2.0`,
    `${host}/example/hello@sha256:${"0".repeat(64)}`,
    `${host}/example/nothing:1.0`,
  ]) {
    for (const verb of ["pull", "resolve"]) {
      const { code, stdout, stderr } = await command.run([verb, reference]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toContain(`error: failed to pull \`${reference}\`: `);
      expect(stderr).toContain("MANIFEST_UNKNOWN: manifest unknown");
    }
  }
});

describe("a registry with a login", () => {
  const login = { user: "ada", password: "correct horse" };
  /** bcrypt of that password. */
  const htpasswd = `${login.user}:$2b$04$uLOvREgGAhfBuCFanhlb..Wm/2a.zmwZDvGnvvaBSEeoEIr4.gmay\n`;
  const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
  let closed: RunningServer;
  let reference: string;

  beforeAll(async () => {
    closed = await startDockerRegistry({ htpasswd });
    reference = `${new URL(closed.url).host}/example/hello:1.0`;
    const credentials = ["--dest-creds", `${login.user}:${login.password}`];
    await skopeoCopy(`${source.host}/example/hello:1.0`, reference, credentials);
  });
  afterAll(() => closed?.[Symbol.asyncDispose]());

  test("opens to the login in DOCKER_CONFIG", async () => {
    await using command = await createCommand();
    await writeFile(join(command.directory, "config.json"), configFor(auth));
    const { code, stdout, stderr } = await command.run(["pull", reference, "--progress", "none"], {
      env: { DOCKER_CONFIG: command.directory },
    });
    const path = command.componentOf(hello.manifestDigest);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${path}\n`, stderr: "" });
    expect(await hashFile(path)).toBe(hello.contentDigest);
  });

  test("opens to the login in ~/.docker/config.json", async () => {
    await using command = await createCommand();
    await mkdir(join(command.directory, ".docker"));
    await writeFile(join(command.directory, ".docker", "config.json"), configFor(auth));
    expect((await command.run(["resolve", reference])).stdout).toBe(`${hello.manifestDigest}\n`);
  });

  test("opens to what skopeo login wrote", async () => {
    await using command = await createCommand();
    const file = join(command.directory, "auth.json");
    const { user, password } = login;
    await skopeo(
      "login",
      "--authfile",
      file,
      "--tls-verify=false",
      "-u",
      user,
      "-p",
      password,
      new URL(closed.url).host,
    );
    const { code, stdout } = await command.run(["resolve", reference], { env: { REGISTRY_AUTH_FILE: file } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${hello.manifestDigest}\n` });
  });

  test("ends with 5 and a way to log in, without a login", async () => {
    await using command = await createCommand();
    const { code, stdout, stderr } = await command.run(["pull", reference]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain("UNAUTHORIZED: authentication required");
    expect(stderr).toContain(join(command.directory, ".docker", "config.json"));
    expect(stderr).toMatch(/\nhint: .+\n$/);
  });

  test("ends with 5 with a wrong password, which no output repeats", async () => {
    await using command = await createCommand();
    await writeFile(
      join(command.directory, "config.json"),
      configFor(Buffer.from("ada:canary").toString("base64")),
    );
    const env = { DOCKER_CONFIG: command.directory };
    const { code, stdout, stderr } = await command.run(["pull", reference, "--json"], { env });
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(parseError(stderr)).toMatchObject({ code: "UNAUTHORIZED", details: { status: 401 } });
    const verbose = await command.run(["pull", reference, "--verbose"], { env });
    for (const secret of ["canary", Buffer.from("ada:canary").toString("base64")]) {
      expect(stderr + verbose.stderr).not.toContain(secret);
    }
  });

  function configFor(secret: string): string {
    return JSON.stringify({ auths: { [new URL(closed.url).host]: { auth: secret } } });
  }
});

interface Entry {
  readonly wasm: Uint8Array;
  readonly platform: Platform;
  readonly isDocker: boolean;
}

type PushedEntry = Pick<PushedComponent, "descriptor" | "contentDigest"> & Pick<Entry, "platform">;

/** Pushes a manifest of the kind that its index lists. */
function pushed(repository: string, { wasm, platform, isDocker }: Entry): PushedEntry {
  if (!isDocker) return { platform, ...pushComponent(source, { repository, wasm }) };
  // The only kind of layer that skopeo takes in a Docker manifest.
  const layer = source.pushBlob(repository, wasm, "application/vnd.docker.image.rootfs.diff.tar.gzip");
  const config = source.pushBlob(
    repository,
    Buffer.from("{}"),
    "application/vnd.docker.container.image.v1+json",
  );
  const mediaType = mediaTypes.dockerManifest;
  const manifest = { schemaVersion: 2, mediaType, config, layers: [layer] };
  const descriptor = source.pushManifest(repository, undefined, manifest, mediaType);
  return { platform, descriptor, contentDigest: layer.digest };
}
