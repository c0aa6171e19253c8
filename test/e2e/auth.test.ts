import { readFile, stat, symlink, writeFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { credentialHelper } from "../support/credential-helper.ts";
import { startServer } from "../support/http-server.ts";
import { jsonResponse } from "../support/registry-handler.ts";
import { startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo, skopeoCopy } from "../support/skopeo.ts";
import { type Command, createCommand, parseError, pretty } from "./support/command.ts";

const user = "ada";
const password = "correct horse";
/** bcrypt of that password. */
const htpasswd = `${user}:$2b$04$uLOvREgGAhfBuCFanhlb..Wm/2a.zmwZDvGnvvaBSEeoEIr4.gmay\n`;

/** An entry of Docker's config. */
const basic = (text: string): object => ({ auth: Buffer.from(text).toString("base64") });

let registry: RunningServer;
let host: string;
let hello: PushedComponent;
let reference: string;
let command: Command;

beforeAll(async () => {
  registry = await startDockerRegistry({ htpasswd });
  host = new URL(registry.url).host;
  reference = `${host}/example/hello:1.0`;
  await using source = await startRegistry();
  hello = pushComponent(source, { repository: "example/hello", tag: "1.0", wasm: smallComponent });
  await skopeoCopy(`${source.host}/example/hello:1.0`, reference, ["--dest-creds", `${user}:${password}`]);
});
afterAll(() => registry?.[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
});
afterEach(() => command[Symbol.asyncDispose]());

const ownFile = (): string => join(command.directory, ".config", "greentic", "dist", "auth.json");
const logIn = (...more: readonly string[]) =>
  command.run(["auth", "login", host, "-u", user, "--password-stdin", ...more], { input: `${password}\n` });

describe("auth login", () => {
  test("saves a login that the registry accepts, for this user only, and pulls use it", async () => {
    const { code, stdout, stderr } = await logIn();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `saved the login of ada for ${host} in ${ownFile()}\n`,
    });
    expect(stderr).toMatch(/^note: only this user may read the file, .*"credsStore".*\n$/);
    expect((await stat(ownFile())).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(ownFile()))).mode & 0o777).toBe(0o700);
    expect(await readdir(dirname(ownFile()))).toEqual(["auth.json"]);
    expect(await command.run(["resolve", reference])).toMatchObject({
      code: 0,
      stdout: `${hello.manifestDigest}\n`,
    });
  });

  test("says the same as JSON, without the password", async () => {
    const { code, stdout, stderr } = await logIn("--json");
    const saved = { host, username: user, stored_in: ownFile(), plaintext: true, checked: true };
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: pretty(saved), stderr: "" });
  });

  test("writes what skopeo reads, and reads what skopeo writes", async () => {
    await logIn();
    const docker = `docker://${reference}`;
    await skopeo("inspect", "--raw", "--tls-verify=false", "--authfile", ownFile(), docker);
    await skopeo("logout", "--authfile", ownFile(), host);
    expect((await command.run(["resolve", reference])).code).toBe(5);
    await skopeo("login", "--tls-verify=false", "--authfile", ownFile(), "-u", user, "-p", password, host);
    expect((await command.run(["resolve", reference])).code).toBe(0);
  });

  test("stores nothing that the registry refuses", async () => {
    for (const more of [[], ["--json"]]) {
      const { code, stdout, stderr } = await command.run(
        ["auth", "login", host, "-u", user, "--password-stdin", ...more],
        { input: "canary" },
      );
      expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
      expect(stderr).toContain(`${host} refuses the login of \`ada\``);
      expect(stderr).not.toContain("canary");
    }
    await expect(stat(ownFile())).rejects.toThrow("ENOENT");
  });

  test("takes a token on the command line, and warns of it", async () => {
    const { code, stderr } = await command.run(["auth", "login", host, "-u", user, "--token", password]);
    expect(code).toBe(0);
    expect(stderr).toContain("warning: others on this machine can read what --token says");
    expect(stderr).not.toContain(password);
  });

  test("keeps a login in the helper that Docker's config names, and no copy of it", async () => {
    await logIn();
    const { env, keeps } = await credentialHelper(command.directory, "box");
    await writeFile(join(command.directory, "config.json"), JSON.stringify({ credsStore: "box" }));
    const settings = { ...env, DOCKER_CONFIG: command.directory };
    const args = ["auth", "login", host, "-u", user, "--password-stdin"];
    const saved = await command.run(args, { input: password, env: settings });
    expect(saved).toMatchObject({
      code: 0,
      stdout: `saved the login of ada for ${host} in docker-credential-box\n`,
      stderr: "",
    });
    expect(await readdir(keeps)).toEqual([host]);
    expect(await readFile(ownFile(), "utf8")).toBe('{\n  "auths": {}\n}\n');
    expect((await command.run(["resolve", reference], { env: settings })).code).toBe(0);
    const { stdout } = await command.run(["auth", "logout", host], { env: settings });
    expect(stdout).toBe(`removed the login for ${host} from docker-credential-box\n`);
    expect(await readdir(keeps)).toEqual([]);
    expect((await command.run(["resolve", reference], { env: settings })).code).toBe(5);
  });

  test("loses none of several that are saved at the same moment", async () => {
    const names = Array.from({ length: 6 }, (_, i) => `tenant-${i}`);
    const ends = await Promise.all(
      names.map((name) => command.run(["auth", "login", name, "--token", name])),
    );
    expect(ends.map(({ code }) => code)).toEqual(names.map(() => 0));
    const { tenants } = JSON.parse(await readFile(ownFile(), "utf8")) as { tenants: object };
    expect(Object.keys(tenants).toSorted()).toEqual(names);
    expect(await readdir(dirname(ownFile()))).toEqual(["auth.json"]);
  });

  test("does not write through a link, nor over what is no file of logins", async () => {
    const elsewhere = join(command.directory, "elsewhere");
    await mkdir(dirname(ownFile()), { recursive: true });
    await writeFile(elsewhere, "{}");
    await symlink(elsewhere, ownFile());
    const linked = await logIn("--json");
    expect(linked.code).toBe(2);
    expect(parseError(linked.stderr)).toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("it is a link"),
    });
    expect(await readFile(elsewhere, "utf8")).toBe("{}");
    await rm(ownFile());
    await writeFile(ownFile(), "{");
    const broken = await logIn();
    expect(broken).toMatchObject({ code: 2, stdout: "" });
    expect(broken.stderr).toContain(`no login is written to \`${ownFile()}\`: it is no JSON object`);
    expect(await readFile(ownFile(), "utf8")).toBe("{");
  });

  test("keeps what else the file holds", async () => {
    await mkdir(dirname(ownFile()), { recursive: true });
    await writeFile(
      ownFile(),
      JSON.stringify({ auths: { other: { auth: "eDp5" } }, tenants: { t: {} }, more: 1 }),
      {
        mode: 0o644,
      },
    );
    await logIn();
    expect(JSON.parse(await readFile(ownFile(), "utf8"))).toMatchObject({
      auths: {
        other: { auth: "eDp5" },
        [host]: { auth: Buffer.from(`${user}:${password}`).toString("base64") },
      },
      tenants: { t: {} },
      more: 1,
    });
    expect((await stat(ownFile())).mode & 0o777).toBe(0o600);
  });

  test.each<[what: string, args: readonly string[], input: string, says: string]>([
    [
      "without a terminal to ask on",
      ["ghcr.io"],
      "",
      'hint: echo "$TOKEN" | greentic-dist auth login ghcr.io -u USER --password-stdin',
    ],
    ["without a terminal, for a tenant", ["acme"], "", "auth login --tenant acme --password-stdin"],
    ["without a user name", ["ghcr.io", "--password-stdin"], "x", "requires a user name: -u USER"],
    [
      "with two secrets",
      ["ghcr.io", "-u", "a", "--password-stdin", "--token", "x"],
      "x",
      "exclude each other",
    ],
    ["with two targets", ["ghcr.io", "--tenant", "acme", "--token", "x"], "", "exclude each other"],
    ["with no target", ["--token", "x"], "", "auth login requires a registry host"],
    ["with a path", ["ghcr.io/acme", "--token", "x"], "", "name the host only, as in ghcr.io"],
    ["with no host", ["ghcr.io:x", "--token", "x"], "", "is no registry host"],
    ["with an odd tenant", ["--tenant", "a/b", "--token", "x"], "", "is no name of a tenant"],
    ["with an empty password", ["ghcr.io", "-u", "a", "--password-stdin"], "\n", "stdin is empty"],
    ["with a line break in the password", ["ghcr.io", "-u", "a", "--password-stdin"], "a\nb", "is malformed"],
    ["with a colon in the user name", ["ghcr.io", "-u", "a:b", "--password-stdin"], "x", "is malformed"],
    [
      "with a very long password",
      ["ghcr.io", "-u", "a", "--password-stdin"],
      "x".repeat(70_000),
      "more than 65536",
    ],
  ])("ends with 2 %s", async (_, args, input, says) => {
    const { code, stdout, stderr } = await command.run(["auth", "login", ...args], { input });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    await expect(stat(ownFile())).rejects.toThrow("ENOENT");
  });

  test("ends with 4 offline, and with 3 where there is no registry", async () => {
    const args = ["auth", "login", host, "-u", user, "--token", "x"];
    expect(await command.run(["--offline", ...args])).toMatchObject({ code: 4, stdout: "" });
    await using web = await startServer(async () => new Response(null, { status: 404 }));
    const { code, stderr } = await command.run(["auth", "login", web.host, "-u", user, "--token", "x"]);
    expect(code).toBe(3);
    expect(stderr).toContain(`error: ${web.host} answered 404 to GET /v2/, expected 200 or 401`);
  });

  test("says that logging in failed, and nothing of pulling, when a token service or a challenge is of no use", async () => {
    await using token = await startServer(async () => jsonResponse(500, { errors: [{ code: "BROKEN" }] }));
    for (const [challenge, code, message] of [
      [`Bearer realm="${token.url}/"`, 7, "failed to log in to `HOST`: token service TOKEN: BROKEN"],
      ['Bearer realm=""', 5, "failed to log in to `HOST`: HOST does not say where to ask for a token"],
      [
        "Negotiate",
        5,
        "the login of `ada` for HOST is not accepted: no login was sent: HOST asks for one neither by Basic nor by Bearer",
      ],
    ] as const) {
      const answer = { status: 401, headers: { "www-authenticate": challenge } };
      await using web = await startServer(async () => new Response(null, answer));
      const env = { GREENTIC_OCI_RETRY_ATTEMPTS: "1" };
      const args = ["auth", "login", web.host, "-u", user, "--password-stdin"];
      const result = await command.run(args, { env, input: "canary" });
      expect({ challenge, code: result.code }).toEqual({ challenge, code });
      const said = message.replaceAll("HOST", web.host).replaceAll("TOKEN", token.host);
      expect(result.stderr).toContain(`error: ${said}\n`);
      await expect(stat(ownFile())).rejects.toThrow("ENOENT");
    }
  });

  test("saves a login that a registry does not ask for, and says that it was not checked", async () => {
    await using open = await startRegistry();
    const { code, stderr } = await command.run(["auth", "login", open.host, "-u", user, "--password-stdin"], {
      input: "x",
    });
    expect(code).toBe(0);
    expect(stderr).toContain(`note: ${open.host} asks for no login, so this one was not checked`);
  });
});

describe("a tenant of the store", () => {
  test("has its token in the same file, under a key of its own", async () => {
    const saved = await command.run(["auth", "login", "acme", "--password-stdin"], { input: "canary-token" });
    expect(saved).toMatchObject({
      code: 0,
      stdout: `saved the login of acme for tenant acme in ${ownFile()}\n`,
    });
    expect(saved.stderr).toContain("store://greentic-biz/acme/");
    await command.run(["auth", "login", "--tenant", "acme.inc", "-u", "robot", "--password-stdin"], {
      input: "x",
    });
    expect(JSON.parse(await readFile(ownFile(), "utf8"))).toEqual({
      tenants: { acme: basic("acme:canary-token"), "acme.inc": basic("robot:x") },
    });
    const status = await command.run(["auth", "status", "acme"]);
    const [, first, second] = status.stdout.split("\n");
    expect(first).toBe(`tenant acme  first  acme  ${ownFile()}, tenant acme`);
    expect(second).toMatch(/^tenant acme {2}- .*: no login$/);
    expect((await command.run(["auth", "status", "--tenant", "acme.inc"])).stdout).toMatch(/first +robot/);
    const { stdout } = await command.run(["auth", "logout", "acme"]);
    expect(stdout).toBe(`removed the login for tenant acme from ${ownFile()}\n`);
    expect((await command.run(["auth", "logout", "acme"])).stdout).toBe(
      "no login for tenant acme was saved here\n",
    );
  });
});

describe("auth status", () => {
  test("shows every source of a host in order, which one is used, and no secret", async () => {
    const { env } = await credentialHelper(
      command.directory,
      "box",
      `echo '{"Username":"kept","Secret":"canary"}'`,
    );
    const docker = { credHelpers: { "ghcr.io": "box" }, auths: { "https://ghcr.io": basic("plain:canary") } };
    await writeFile(join(command.directory, "config.json"), JSON.stringify(docker));
    await mkdir(join(command.directory, ".config", "containers"), { recursive: true });
    await writeFile(join(command.directory, ".config", "containers", "auth.json"), "{");
    const settings = {
      ...env,
      DOCKER_CONFIG: command.directory,
      GHCR_TOKEN: "canary",
      GITHUB_TOKEN: "canary",
      OCI_USERNAME: "o",
      OCI_PASSWORD: "canary",
    };
    const { code, stdout, stderr } = await command.run(["auth", "status", "ghcr.io"], { env: settings });
    const { directory } = command;
    const rows = [
      ["FOR", "TRIED", "USER", "SOURCE"],
      [
        "ghcr.io",
        "-",
        "-",
        "OCI_PASSWORD: ignored, for OCI_REGISTRY does not say which registries it is for",
      ],
      ["ghcr.io", "first", "token", "GHCR_TOKEN"],
      ["ghcr.io", "next", "kept", `docker-credential-box, named by ${directory}/config.json`],
      ["ghcr.io", "next", "plain", `${directory}/config.json`],
      ["ghcr.io", "-", "-", `${directory}/.run/containers/auth.json: no login`],
      ["ghcr.io", "-", "-", `${directory}/.config/containers/auth.json: the file is no valid JSON (line 1)`],
      ["ghcr.io", "-", "-", `${ownFile()}: no login`],
      ["ghcr.io", "next", "token", "GITHUB_TOKEN"],
    ];
    const widths = [7, 5, 5, 0];
    const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${lines.join("\n")}\n`, stderr: "" });
    const json = await command.run(["auth", "status", "ghcr.io", "--json"], { env: settings });
    expect(json.stdout).not.toContain("canary");
    expect(JSON.parse(json.stdout)).toHaveLength(8);
  });

  test("lists all that are known: of hosts, of parts of them, of helpers and of tenants", async () => {
    await logIn();
    await command.run(["auth", "login", "acme", "--token", "canary"]);
    const { env } = await credentialHelper(command.directory, "box");
    await writeFile(
      join(command.directory, "keeps", "kept.example"),
      '{"Username":"kept","Secret":"canary"}',
    );
    const docker = { credsStore: "box", auths: { "quay.io/team": basic("robot:canary") } };
    await writeFile(join(command.directory, "config.json"), JSON.stringify(docker));
    const settings = { ...env, DOCKER_CONFIG: command.directory };
    const { stdout } = await command.run(["auth", "status", "--json"], { env: settings });
    const rows = JSON.parse(stdout) as readonly {
      host?: string;
      tenant?: string;
      username: string;
      state: string;
    }[];
    expect(rows.map((row) => [row.host ?? row.tenant, row.username, row.state])).toEqual([
      [host, user, "first"],
      ["kept.example", "kept", "first"],
      ["quay.io/team", "robot", "first"],
      ["acme", "acme", "first"],
    ]);
  });

  test("says what to do when nothing is known", async () => {
    expect((await command.run(["auth", "status"])).stdout).toContain("auth login HOST");
    expect((await command.run(["auth", "status", "--json"])).stdout).toBe("[]\n");
  });
});

test("auth logout removes what was saved here, and says who else has a login", async () => {
  await logIn();
  const auth = Buffer.from("eve:canary").toString("base64");
  await writeFile(join(command.directory, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  const env = { DOCKER_CONFIG: command.directory };
  const { code, stdout, stderr } = await command.run(["auth", "logout", host], { env });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `removed the login for ${host} from ${ownFile()}\n`,
    stderr: `note: ${command.directory}/config.json still has the login of eve\n`,
  });
  const again = await command.run(["auth", "logout", host, "--json"], { env });
  const left = [{ source: `${command.directory}/config.json`, username: "eve" }];
  expect(again.stdout).toBe(pretty({ host, removed_from: [], left }));
});
