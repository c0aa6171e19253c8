import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { pushComponent, type PushedComponent, smallComponent } from "../support/artifacts.ts";
import { credentialHelper } from "../support/credential-helper.ts";
import { startRegistry } from "../support/registry.ts";
import {
  type Certificates,
  createCertificates,
  type RunningServer,
  startDockerRegistry,
  startTinyproxy,
} from "../support/servers.ts";
import { skopeo, skopeoCopy } from "../support/skopeo.ts";
import { type Command, createCommand } from "./support/command.ts";

// Debian's registry as companies have it: a login, and a certificate by an authority of their own.

const user = "ada";
const password = "correct horse";
/** bcrypt of that password. */
const htpasswd = `${user}:$2b$04$uLOvREgGAhfBuCFanhlb..Wm/2a.zmwZDvGnvvaBSEeoEIr4.gmay\n`;

let certificates: Certificates;
let registry: RunningServer;
/** Not a name of loopback, which would be spoken to in plain http and without a proxy. */
let host: string;
let reference: string;
let hello: PushedComponent;
let command: Command;
let ca: string;

beforeAll(async () => {
  certificates = await createCertificates("IP:0.0.0.0", "IP:127.0.0.1");
  registry = await startDockerRegistry({ htpasswd, tls: certificates });
  host = new URL(registry.url).host.replace("127.0.0.1", "0.0.0.0");
  reference = `${host}/example/hello:1.0`;
  await using source = await startRegistry();
  hello = pushComponent(source, { repository: "example/hello", tag: "1.0", wasm: smallComponent });
  await skopeoCopy(`${source.host}/example/hello:1.0`, reference, ["--dest-creds", `${user}:${password}`]);
});
afterAll(() => registry?.[Symbol.asyncDispose]());
beforeEach(async () => {
  command = await createCommand();
  ca = join(command.directory, "ca.pem");
  await writeFile(ca, certificates.ca);
});
afterEach(() => command[Symbol.asyncDispose]());

const logIn = (env: Readonly<Record<string, string>>) =>
  command.run(["auth", "login", host, "-u", user, "--password-stdin"], { env, input: password });

test("an authority of one's own, a proxy with a login, and a helper for the registry's: all at once", async () => {
  await using proxy = await startTinyproxy("BasicAuth proxy-user proxy-canary");
  const helper = await credentialHelper(command.directory, "box");
  await writeFile(join(command.directory, "config.json"), JSON.stringify({ credsStore: "box" }));
  const env = {
    ...helper.env,
    DOCKER_CONFIG: command.directory,
    NODE_EXTRA_CA_CERTS: ca,
    HTTPS_PROXY: proxy.url.replace("://", "://proxy-user:proxy-canary@"),
  };
  const saved = await logIn(env);
  expect(saved).toMatchObject({
    code: 0,
    stdout: `saved the login of ada for ${host} in docker-credential-box\n`,
  });
  const pulled = await command.run(["pull", reference, "--verbose"], { env });
  expect(pulled).toMatchObject({ code: 0, stdout: `${command.componentOf(hello.manifestDigest)}\n` });
  expect(pulled.stderr).toContain("let in as ada, by the login in docker-credential-box");
  expect(pulled.stderr).not.toMatch(/canary|correct horse/);
  const log = await readFile(join(proxy.directory, "log"), "utf8");
  expect(log).toContain(`CONNECT ${host} HTTP/1.1`);
});

test("its certificate is refused until its authority is named, and then accepted wherever that was", async () => {
  const refused = await logIn({});
  expect(refused).toMatchObject({ code: 7, stdout: "" });
  expect(refused.stderr).toContain(`the certificate of ${host} is not signed by a trusted authority`);
  expect(await logIn({ SSL_CERT_FILE: ca })).toMatchObject({ code: 0 });
  const folder = join(command.directory, ".config", "containers", "certs.d", host);
  await mkdir(folder, { recursive: true });
  await copyFile(ca, join(folder, "corp.crt"));
  expect(await command.run(["resolve", reference])).toMatchObject({
    code: 0,
    stdout: `${hello.manifestDigest}\n`,
  });
});

test("what skopeo login wrote opens it", async () => {
  const folder = join(command.directory, "certs");
  await mkdir(folder);
  await copyFile(ca, join(folder, "ca.crt"));
  const file = join(command.directory, "skopeo.json");
  await skopeo("login", "--cert-dir", folder, "--authfile", file, "-u", user, "-p", password, host);
  const env = { REGISTRY_AUTH_FILE: file, NODE_EXTRA_CA_CERTS: ca };
  expect(await command.run(["resolve", reference], { env })).toMatchObject({ code: 0 });
});
