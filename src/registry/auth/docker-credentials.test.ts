import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type TempDir, tempDir } from "../../../test/support/temp-dir.ts";
import { createDockerCredentials, dockerConfigPath } from "./docker-credentials.ts";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const alice = { auth: base64("alice:secret") };

interface Found {
  readonly login: string | undefined;
  readonly warnings: readonly string[];
}

/** What the file in `directory` has for `host`. */
async function lookUp(directory: TempDir, host: string): Promise<Found> {
  const warnings: string[] = [];
  const path = join(directory.path, "config.json");
  const credentials = createDockerCredentials({ path, onWarning: (message) => warnings.push(message) });
  const login = await credentials.credentialFor(host);
  await credentials.credentialFor(host);
  expect(login?.source ?? path).toBe(path);
  return { login: login && `${login.username}:${login.password.reveal()}`, warnings };
}

async function lookUpIn(config: unknown, host: string): Promise<Found> {
  await using directory = await tempDir();
  const text = typeof config === "string" || config instanceof Uint8Array ? config : JSON.stringify(config);
  await writeFile(join(directory.path, "config.json"), text);
  return lookUp(directory, host);
}

describe("a login that is found", () => {
  it.each<[string, unknown, string, string]>([
    ["auth", { auths: { "ghcr.io": alice } }, "ghcr.io", "alice:secret"],
    ["a password with colons", { auths: { "ghcr.io": { auth: base64("a:b:c:") } } }, "ghcr.io", "a:b:c:"],
    ["username and password", { auths: { h: { username: "bob", password: "p w" } } }, "h", "bob:p w"],
    [
      "auth before username",
      { auths: { h: { ...alice, username: "bob", password: "x" } } },
      "h",
      "alice:secret",
    ],
    ["an address", { auths: { "https://ghcr.io": alice } }, "ghcr.io", "alice:secret"],
    ["an address with a slash", { auths: { "https://ghcr.io/": alice } }, "ghcr.io", "alice:secret"],
    [
      "an address with a version",
      { auths: { "https://reg.example/v2/": alice } },
      "reg.example",
      "alice:secret",
    ],
    [
      "an old http address",
      { auths: { "http://reg.example:5000": alice } },
      "reg.example:5000",
      "alice:secret",
    ],
    [
      "Docker Hub's old address",
      { auths: { "https://index.docker.io/v1/": alice } },
      "docker.io",
      "alice:secret",
    ],
    ["Docker Hub", { auths: { "docker.io": alice } }, "docker.io", "alice:secret"],
    ["a port", { auths: { "127.0.0.1:5000": alice } }, "127.0.0.1:5000", "alice:secret"],
    ["another case", { auths: { "GHCR.io": alice } }, "Ghcr.IO", "alice:secret"],
    [
      "the bare host of two spellings",
      { auths: { "https://h": { auth: base64("b:b") }, h: alice, "http://h": { auth: base64("c:c") } } },
      "h",
      "alice:secret",
    ],
    ["UTF-8", { auths: { h: { auth: Buffer.from("zoë:šifra").toString("base64") } } }, "h", "zoë:šifra"],
    ["a plain login beside a store", { credsStore: "desktop", auths: { h: alice } }, "h", "alice:secret"],
    [
      "a helper for another host",
      { credHelpers: { other: "gcloud" }, auths: { h: alice } },
      "h",
      "alice:secret",
    ],
    [
      "other keys",
      { auths: { h: { ...alice, email: 1 } }, HttpHeaders: {}, psFormat: 3 },
      "h",
      "alice:secret",
    ],
    ["a host like a property", { auths: { constructor: alice } }, "constructor", "alice:secret"],
    ["__proto__ as a host", `{"auths":{"__proto__":{"auth":"${alice.auth}"}}}`, "__proto__", "alice:secret"],
  ])("%s", async (_, config, host, login) => {
    expect(await lookUpIn(config, host)).toEqual({ login, warnings: [] });
  });
});

describe("no login, and nothing to warn of", () => {
  it.each<[string, unknown, string]>([
    ["an empty object", {}, "ghcr.io"],
    ["no such host", { auths: { "ghcr.io": alice } }, "quay.io"],
    ["a host that ends alike", { auths: { "ghcr.io": alice } }, "evilghcr.io"],
    ["a host that begins alike", { auths: { "ghcr.io": alice } }, "ghcr.io.evil.example"],
    ["another port", { auths: { "ghcr.io": alice } }, "ghcr.io:8443"],
    ["a part of a registry", { auths: { "quay.io/team": alice } }, "quay.io"],
    ["an empty entry", { auths: { h: {} } }, "h"],
    ["an empty auth", { auths: { h: { auth: "" } } }, "h"],
    ["a username only", { auths: { h: { username: "bob" } } }, "h"],
    ["a store that was never logged in to", { credsStore: "desktop", auths: {} }, "h"],
    ["auths that are a list", { auths: [alice] }, "0"],
    ["auths that are null", { auths: null }, "h"],
    ["helpers that are no names", { credHelpers: { h: 7 }, credsStore: {} }, "h"],
    ["a host like an inherited property", { auths: {} }, "toString"],
    ["auths under __proto__", `{"__proto__":{"auths":{"h":{"auth":"${alice.auth}"}}}}`, "h"],
    ["entries under __proto__", `{"auths":{"__proto__":{"h":{"auth":"${alice.auth}"}}}}`, "h"],
  ])("%s", async (_, config, host) => {
    expect(await lookUpIn(config, host)).toEqual({ login: undefined, warnings: [] });
  });

  it("no file, or a folder that is a file", async () => {
    await using directory = await tempDir();
    expect(await lookUp(directory, "h")).toEqual({ login: undefined, warnings: [] });
    await writeFile(join(directory.path, "file"), "");
    const credentials = createDockerCredentials({ path: join(directory.path, "file", "config.json") });
    expect(await credentials.credentialFor("h")).toBeUndefined();
  });
});

describe("one warning that names file and reason, and shows no secret", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a helper",
      { credHelpers: { h: "ecr-login" }, auths: { h: alice } },
      /kept by docker-credential-ecr-login/,
    ],
    ["a store", { credsStore: "desktop", auths: { h: {} } }, /kept by docker-credential-desktop/],
    ["an identity token", { auths: { h: { ...alice, identitytoken: "secret" } } }, /is an identity token/],
    ["no colon", { auths: { h: { auth: base64("secret") } } }, /is malformed/],
    ["no password", { auths: { h: { auth: base64("secret:") } } }, /is malformed/],
    ["no name", { auths: { h: { auth: base64(":secret") } } }, /is malformed/],
    ["control characters", { auths: { h: { auth: base64("a:secret\r\nx: y") } } }, /is malformed/],
    ["bytes that are no text", { auths: { h: { auth: base64("a:secret\u00ff") } } }, /is malformed/],
    ["a colon in the name", { auths: { h: { username: "a:b", password: "secret" } } }, /is malformed/],
    ["an entry that is a text", { auths: { h: "secret" } }, /is malformed/],
    ["an entry that is null", { auths: { h: null } }, /is malformed/],
    ["no JSON", "{secret", /is no JSON object/],
    ["an empty file", "", /is no JSON object/],
    ["a list", "[]", /is no JSON object/],
    ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /is no JSON object/],
    ["deep JSON", "[".repeat(500_000), /is no JSON object/],
    ["a large file", `{"x":"${"x".repeat(1_048_576)}"}`, /is larger than 1048576 bytes/],
  ])("%s", async (_, config, reason) => {
    const { login, warnings } = await lookUpIn(config, "h");
    expect(login).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(reason);
    expect(warnings[0]).toContain("config.json");
    expect(warnings[0]).not.toContain("secret");
  });

  it("a folder, and a FIFO, in the file's place", async () => {
    await using one = await tempDir();
    await mkdir(join(one.path, "config.json"));
    expect((await lookUp(one, "h")).warnings[0]).toMatch(/is no regular file/);
    await using two = await tempDir();
    execFileSync("mkfifo", [join(two.path, "config.json")]);
    expect((await lookUp(two, "h")).warnings[0]).toMatch(/is no regular file/);
  });

  it.skipIf(process.getuid?.() === 0)("a file that may not be read", async () => {
    await using directory = await tempDir();
    await writeFile(join(directory.path, "config.json"), "{}");
    await chmod(join(directory.path, "config.json"), 0);
    expect((await lookUp(directory, "h")).warnings[0]).toMatch(/cannot be read \(EACCES\)/);
  });
});

it("reads the file once, and not before a login is asked for", async () => {
  await using directory = await tempDir();
  const path = join(directory.path, "config.json");
  const credentials = createDockerCredentials({ path });
  expect(credentials.describe()).toEqual([path]);
  await writeFile(path, JSON.stringify({ auths: { h: alice } }));
  expect((await credentials.credentialFor("h"))?.username).toBe("alice");
  await writeFile(path, "{}");
  expect((await credentials.credentialFor("h"))?.username).toBe("alice");
});

describe("dockerConfigPath", () => {
  it.each([
    [{ homeDir: "/home/a" }, "/home/a/.docker/config.json"],
    [{ homeDir: "/home/a", dockerConfigDir: "/etc/docker" }, "/etc/docker/config.json"],
    [{ homeDir: "/home/a", dockerConfigDir: "" }, "/home/a/.docker/config.json"],
    [
      { homeDir: "/home/a", dockerConfigDir: "/etc/docker", registryAuthFile: "/run/auth.json" },
      "/run/auth.json",
    ],
  ])("of %j", (locations, path) => {
    expect(dockerConfigPath(locations)).toBe(path);
  });
});
