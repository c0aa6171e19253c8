import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { credentialHelper } from "../support/credential-helper.ts";
import { startRegistry } from "../support/registry.ts";
import { type RunningServer, startDockerRegistry } from "../support/servers.ts";
import { skopeo, skopeoCopy } from "../support/skopeo.ts";
import { startTokenService, type TokenService } from "../support/token-service.ts";
import { type Command, createCommand } from "./support/command.ts";

const login = { user: "ada", password: "correct horse" };
const basic = (text: string): string => Buffer.from(text).toString("base64");

let service: TokenService;
let registry: RunningServer;
let host: string;
let hello: PushedComponent;
let command: Command;

beforeAll(async () => {
  service = await startTokenService({
    logins: [login],
    isPublic: (repository) => repository.startsWith("public/"),
    identityTokens: ["identity"],
  });
  registry = await startDockerRegistry({ token: service });
  host = new URL(registry.url).host;
  await using source = await startRegistry();
  hello = pushComponent(source, { repository: "hello", tag: "1.0", wasm: smallComponent });
  const credentials = ["--dest-creds", `${login.user}:${login.password}`];
  for (const folder of ["public", "private"]) {
    await skopeoCopy(`${source.host}/hello:1.0`, `${host}/${folder}/hello:1.0`, credentials);
  }
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  command = await createCommand();
  service.clearLog();
});
afterEach(() => command[Symbol.asyncDispose]());

async function useConfig(entry: object): Promise<void> {
  await mkdir(join(command.directory, ".docker"));
  await writeFile(
    join(command.directory, ".docker", "config.json"),
    JSON.stringify({ auths: { [host]: entry } }),
  );
}

/** How the service was asked: method, scheme of the login, and scope. */
const asked = (): readonly string[] =>
  service.requests.map(({ method, path, headers }) => {
    const scope = new URL(path, service.url).searchParams.get("scope") ?? "-";
    return `${method} ${headers.authorization?.split(" ")[0] ?? "-"} ${scope}`;
  });

test("a public repository is opened by an anonymous token, and one serves the whole pull", async () => {
  const { code, stderr } = await command.run(["pull", `${host}/public/hello:1.0`, "--progress", "none"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(asked()).toEqual(["GET - repository:public/hello:pull"]);
});

test("a private one is opened by a token for the login, for pulling alone", async () => {
  await useConfig({ auth: basic(`${login.user}:${login.password}`) });
  const { code, stdout } = await command.run(["pull", `${host}/private/hello:1.0`]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${command.componentOf(hello.manifestDigest)}\n` });
  expect(asked()).toEqual(["GET Basic repository:private/hello:pull"]);
});

test("an identity token is exchanged by POST", async () => {
  await useConfig({ auth: basic("00000000-0000-0000-0000-000000000000:"), identitytoken: "identity" });
  expect((await command.run(["resolve", `${host}/private/hello:1.0`])).stdout).toBe(
    `${hello.manifestDigest}\n`,
  );
  expect(asked()).toEqual(["POST - -"]);
});

test.each([
  ["login", { auth: basic("ada:canary") }, "GET Basic repository:public/hello:pull"],
  ["identity token", { identitytoken: "canary" }, "POST - -"],
])("a stale %s does not stand in the way of what is public", async (_, entry, first) => {
  await useConfig(entry);
  const { code, stderr } = await command.run(["resolve", `${host}/public/hello:1.0`]);
  expect(code).toBe(0);
  expect(stderr).toBe(
    `warning: asked ${host} anonymously: ${command.directory}/.docker/config.json: refused\n`,
  );
  expect(asked()).toEqual([first, "GET - repository:public/hello:pull"]);
});

test("a broken helper is a warning that names it, and the pull goes on", async () => {
  const { env } = await credentialHelper(command.directory, "broken", 'echo "canary"; exit 2');
  await mkdir(join(command.directory, ".docker"));
  const config = { credHelpers: { [host]: "broken" } };
  await writeFile(join(command.directory, ".docker", "config.json"), JSON.stringify(config));
  const { code, stdout, stderr } = await command.run(["resolve", `${host}/public/hello:1.0`], { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${hello.manifestDigest}\n` });
  expect(stderr).toMatch(
    /^warning: docker-credential-broken, named by .*config\.json: docker-credential-broken failed \(exit 2\); run it by hand to see why: echo HOST \| docker-credential-broken get\n$/,
  );
});

test("without a login the error names every place that was looked at, and what to type", async () => {
  const { code, stderr } = await command.run(["resolve", `${host}/private/hello:1.0`], {
    env: { GHCR_TOKEN: "canary", OCI_USERNAME: "ada", OCI_PASSWORD: "canary" },
  });
  expect(code).toBe(5);
  const { directory } = command;
  const places = [
    ".docker/config.json",
    ".run/containers/auth.json",
    ".config/containers/auth.json",
    ".config/greentic/dist/auth.json",
  ];
  const ignored = "OCI_PASSWORD: ignored, for OCI_REGISTRY does not say which registries it is for";
  expect(stderr.split("\n")).toEqual([
    `warning: ${ignored}`,
    expect.stringContaining(
      `(${ignored}; GHCR_TOKEN: withheld, for it is for ghcr.io; no login for ${host} in ${places.map((path) => `${directory}/${path}`).join(", ")})`,
    ),
    `hint: log in with \`greentic-dist auth login ${host}\`; \`greentic-dist auth status ${host}\` shows which logins are known`,
    "",
  ]);
  expect(stderr).not.toContain("canary");
});

test("auth login asks the token service, and saves what skopeo and pulls use", async () => {
  const args = ["auth", "login", host, "-u", login.user, "--password-stdin"];
  expect((await command.run(args, { input: "wrong" })).code).toBe(5);
  expect((await command.run(args, { input: login.password })).code).toBe(0);
  expect(asked().at(-1)).toBe("GET Basic -");
  const file = join(command.directory, ".config", "greentic", "dist", "auth.json");
  const reference = `${host}/private/hello:1.0`;
  await skopeo("inspect", "--raw", "--tls-verify=false", "--authfile", file, `docker://${reference}`);
  expect((await command.run(["resolve", reference])).code).toBe(0);
});
