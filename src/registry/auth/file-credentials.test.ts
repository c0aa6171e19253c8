import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asNobody } from "../../../test/support/as-nobody.ts";
import { type TempDir, tempDir } from "../../../test/support/temp-dir.ts";
import { type Credential, isCredential, type NoCredential } from "./credentials.ts";
import { createFileCredentials } from "./file-credentials.ts";
import { createHelpers } from "./helpers.ts";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const entry = (name: string): object => ({ auth: base64(`${name}:p`) });
const alice = { auth: base64("alice:secret") };
const helpers = createHelpers({ env: {}, now: () => 0 });

interface Found {
  /** `user:password`, the closest first. */
  readonly logins: readonly string[];
  /** Why there is none. */
  readonly unusable: readonly string[];
}

/** What the file in `directory` has for `host`, or for a repository there. */
async function lookUp(directory: TempDir, where: string): Promise<Found> {
  const path = join(directory.path, "config.json");
  const offers: (Credential | NoCredential)[] = [];
  const [host = "", ...parts] = where.split("/");
  const repository = parts.length === 0 ? undefined : parts.join("/");
  const target = { host, repository };
  for await (const offer of createFileCredentials({ path, helpers }).credentialsFor(target)) {
    expect(offer.source).toContain(path);
    offers.push(offer);
  }
  expect(offers).not.toEqual([]);
  return {
    logins: offers.filter(isCredential).map(({ username, password }) => `${username}:${password.reveal()}`),
    unusable: offers.flatMap((offer) => (isCredential(offer) ? [] : (offer.unusable ?? []))),
  };
}

async function lookUpIn(config: unknown, where: string): Promise<Found> {
  await using directory = await tempDir();
  const text = typeof config === "string" || config instanceof Uint8Array ? config : JSON.stringify(config);
  await writeFile(join(directory.path, "config.json"), text);
  return await lookUp(directory, where);
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
    ["an identity token", { auths: { h: { identitytoken: "it" } } }, "h", "<token>:it"],
    ["an identity token before auth", { auths: { h: { ...alice, identitytoken: "it" } } }, "h", "alice:it"],
    ["an identity token as auth", { auths: { h: { auth: base64("<token>:it") } } }, "h", "<token>:it"],
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
    expect(await lookUpIn(config, host)).toEqual({ logins: [login], unusable: [] });
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
    ["another part of a registry", { auths: { "quay.io/team": alice } }, "quay.io/teamwork/x"],
    ["a username only", { auths: { h: { username: "bob" } } }, "h"],
    ["auths that are a list", { auths: [alice] }, "0"],
    ["auths that are null", { auths: null }, "h"],
    ["helpers that are no names", { credHelpers: { h: 7 }, credsStore: {} }, "h"],
    ["a host like an inherited property", { auths: {} }, "toString"],
    ["auths under __proto__", `{"__proto__":{"auths":{"h":{"auth":"${alice.auth}"}}}}`, "h"],
    ["entries under __proto__", `{"auths":{"__proto__":{"h":{"auth":"${alice.auth}"}}}}`, "h"],
  ])("%s", async (_, config, host) => {
    expect(await lookUpIn(config, host)).toEqual({ logins: [], unusable: [] });
  });

  it("no file, or a folder that is a file", async () => {
    await using directory = await tempDir();
    expect(await lookUp(directory, "h")).toEqual({ logins: [], unusable: [] });
    await writeFile(join(directory.path, "file"), "");
    const offers = createFileCredentials({ path: join(directory.path, "file", "config.json"), helpers });
    for await (const offer of offers.credentialsFor({ host: "h" }))
      expect(offer).not.toHaveProperty("unusable");
  });
});

describe("the closest login comes first", () => {
  const auths = {
    "quay.io": entry("host"),
    "quay.io/team": entry("team"),
    "quay.io/team/app/": entry("app"),
    "https://index.docker.io/v1/": entry("hub"),
    "docker.io/library": entry("library"),
  };
  it.each<[string, readonly string[]]>([
    ["quay.io/team/app/x", ["app", "team", "host"]],
    ["quay.io/team/app", ["app", "team", "host"]],
    ["quay.io/team/apple", ["team", "host"]],
    ["quay.io/teams", ["host"]],
    ["quay.io", ["host"]],
    ["docker.io/library/hello", ["library", "hub"]],
    ["index.docker.io/a/b", ["hub"]],
  ])("for %s: %j", async (where, names) => {
    expect((await lookUpIn({ auths }, where)).logins).toEqual(names.map((name) => `${name}:p`));
  });
});

describe("no login, and a reason that names the file and shows no secret", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a helper that is not there",
      { credHelpers: { h: "ecr-login" } },
      /docker-credential-ecr-login is not on PATH/,
    ],
    [
      "a store that is not there",
      { credsStore: "desktop", auths: { h: {} } },
      /docker-credential-desktop is not/,
    ],
    ["a helper that is a path", { credHelpers: { h: "../x" } }, /`..\/x` is no plain name/],
    ["a helper that is a command", { credHelpers: { h: "x; id" } }, /is no plain name/],
    [
      "an identity token of control characters",
      { auths: { h: { identitytoken: "secret\u0007" } } },
      /is malformed/,
    ],
    ["no colon", { auths: { h: { auth: base64("secret") } } }, /is malformed/],
    ["no password", { auths: { h: { auth: base64("secret:") } } }, /is malformed/],
    ["no name", { auths: { h: { auth: base64(":secret") } } }, /is malformed/],
    ["control characters", { auths: { h: { auth: base64("a:secret\r\nx: y") } } }, /is malformed/],
    ["bytes that are no text", { auths: { h: { auth: base64("a:secret\u00ff") } } }, /is malformed/],
    ["a colon in the name", { auths: { h: { username: "a:b", password: "secret" } } }, /is malformed/],
    ["an entry that is a text", { auths: { h: "secret" } }, /is malformed/],
    ["an entry that is null", { auths: { h: null } }, /is malformed/],
    ["no JSON", '{\n"auths": secret', /is no valid JSON \(line 2\)/],
    ["an empty file", "", /is no valid JSON/],
    ["a list", "[]", /is no JSON object/],
    ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /is not in UTF-8/],
    ["deep JSON", "[".repeat(500_000), /is nested deeper than 32 levels/],
    ["a large file", `{"x":"${"x".repeat(1_048_576)}"}`, /is larger than 1048576 bytes/],
  ])("%s", async (_, config, reason) => {
    const { logins, unusable } = await lookUpIn(config, "h");
    expect(logins).toEqual([]);
    expect(unusable).toHaveLength(1);
    expect(unusable[0]).toMatch(reason);
    expect(unusable[0]).not.toContain("secret");
  });

  it("a folder, and a FIFO, in the file's place", async () => {
    await using one = await tempDir();
    await mkdir(join(one.path, "config.json"));
    expect((await lookUp(one, "h")).unusable[0]).toMatch(/is no regular file/);
    await using two = await tempDir();
    execFileSync("mkfifo", [join(two.path, "config.json")]);
    expect((await lookUp(two, "h")).unusable[0]).toMatch(/is no regular file/);
  });

  it("a file that may not be read", async () => {
    await using directory = await tempDir();
    await writeFile(join(directory.path, "config.json"), "{}");
    await chmod(join(directory.path, "config.json"), 0);
    await chmod(directory.path, 0o755);
    const { unusable } = await asNobody(() => lookUp(directory, "h"));
    expect(unusable[0]).toMatch(/cannot be read \(EACCES\)/);
  });
});

it("reads the file once, and not before a login is asked for", async () => {
  await using directory = await tempDir();
  const path = join(directory.path, "config.json");
  const credentials = createFileCredentials({ path, helpers });
  const first = async (): Promise<unknown> => {
    for await (const offer of credentials.credentialsFor({ host: "h" })) return offer;
    return undefined;
  };
  await writeFile(path, JSON.stringify({ auths: { h: alice } }));
  expect(await first()).toMatchObject({ username: "alice", source: path });
  await writeFile(path, "{}");
  expect(await first()).toMatchObject({ username: "alice" });
});
